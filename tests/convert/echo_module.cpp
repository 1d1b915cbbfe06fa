// Functions that give back what they got, one for each type: what went in through a conversion comes out through one.
#include <interlock/interlock.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace il = interlock;

namespace {

// A variant that has itself inside.
struct json : std::variant<std::monostate, bool, std::int64_t, double, std::string,
                           std::vector<json>, std::map<std::string, json>> {
    using variant::variant;
};

// A variant that has itself inside in two kinds of sequences and in maps, and counts how often its leaves are asked.
struct leaf {
    static inline std::atomic<int> asked = 0;
};
struct crate {};
struct tree : std::variant<leaf, double, std::vector<tree>, std::deque<tree>,
                           std::map<std::string, tree>, std::map<int, tree>, crate> {
    using variant::variant;
};

// Cannot be copied, and not be made from nothing.
struct ticket {
    explicit ticket(int n) : number(n) {}
    ticket(ticket&&) = default;
    ticket& operator=(ticket&&) = default;
    int number;
};

// With elements of its own, found by argument.
struct span_of_days {
    int from;
    int to;
};
template <std::size_t I>
int get(const span_of_days& days) {
    return I == 0 ? days.from : days.to;
}

}  // namespace

template <>
struct std::tuple_size<span_of_days> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, span_of_days> {
    using type = int;
};

template <>
struct il::converter<ticket> {
    static constexpr const char* python_type = "int";
    static std::optional<ticket> from_python(const il::object& value) {
        if (const auto number = value.try_as<int>()) {
            return ticket(*number);
        }
        return std::nullopt;
    }
    static il::object to_python(il::python py, const ticket& value) {
        return py.make(value.number);
    }
};

// A leaf is an empty tuple.
template <>
struct il::converter<leaf> {
    static std::optional<leaf> from_python(const il::object& value) {
        ++leaf::asked;
        return il::isinstance<il::tuple>(value) && !value ? std::optional(leaf()) : std::nullopt;
    }
    static il::object to_python(il::python py, const leaf&) { return il::tuple::of(py); }
};

// A list of three of anything.
template <>
struct il::converter<crate> {
    static std::optional<crate> from_python(const il::object& value) {
        return il::isinstance<il::list>(value) && il::len(value) == 3 ? std::optional(crate())
                                                                      : std::nullopt;
    }
    static il::object to_python(il::python py, const crate&) { return il::list::of(py, 0, 0, 0); }
};

namespace {

// How often the leaves of a tree are asked, and what came of it: the message, empty where it is one.
std::pair<int, std::string> plant(const il::object& value) {
    leaf::asked = 0;
    std::string said;
    try {
        static_cast<void>(value.as<tree>());
    } catch (const il::cast_error& e) {
        said = e.what();
    }
    return {leaf::asked.load(), said};
}
std::pair<int, bool> plant_quietly(const il::object& value) {
    leaf::asked = 0;
    const bool grows = value.try_as<tree>().has_value();
    return {leaf::asked.load(), grows};
}

template <class T>
T same(T value) {
    return value;
}

// By reference: GCC 12 takes a variant that is moved twice for one that may be uninitialized.
const json& same_json(const json& value) { return value; }

// Which alternative it was.
std::size_t which(const std::variant<int, double, std::string, std::vector<int>,
                                     std::vector<std::string>, std::monostate>& value) {
    return value.index();
}
std::size_t which_number(std::variant<double, std::int8_t, bool> value) { return value.index(); }

std::size_t total(
    const std::vector<std::pair<std::string_view, std::optional<std::string_view>>>& texts) {
    std::size_t sum = 0;
    for (const auto& [first, second] : texts) {
        sum += first.size() + second.value_or("").size();
    }
    return sum;
}

// Whether a tuple is told from a list of the same.
const char* kind_of_pair(const std::pair<int, std::string>&) { return "pair"; }
const char* kind_of_list(const std::vector<int>&) { return "list"; }

int swallow(std::array<ticket, 2> tickets) { return tickets[0].number + tickets[1].number; }

}  // namespace

INTERLOCK_MODULE(convert_echo, m) {
    m.def<&same<bool>>("bool_");
    m.def<&same<std::int8_t>>("int8");
    m.def<&same<std::int64_t>>("int64");
    m.def<&same<std::uint64_t>>("uint64");
#if defined(__SIZEOF_INT128__)
    m.def<&same<il::detail::int128>>("int128");
    m.def<&same<il::detail::uint128>>("uint128");
#endif
    m.def<&same<double>>("float_");
    m.def<&same<float>>("single");
    m.def<&same<std::string>>("str_");
    m.def<&same<std::u16string>>("str16");
    m.def<&same<std::u32string>>("str32");
    m.def<&same<std::monostate>>("nothing");

    m.def<&same<std::optional<double>>>("optional_float");
    m.def<&same<std::optional<std::string>>>("optional_str");
    m.def<&same<std::optional<std::vector<std::string>>>>("optional_list");
    m.def<&same<std::optional<il::list>>>("optional_handle");
    m.def<&same<std::optional<ticket>>>("optional_ticket");
    m.def<&same<std::optional<std::string>>>("named", il::arg("text").none(false));

    m.def<&same<std::variant<std::monostate, int, std::string>>>("one_of");
    m.def<&same<std::variant<ticket, std::string>>>("ticket_or_str");
    m.def<&same_json>("json");
    m.def<&plant>("plant");
    m.def<&plant_quietly>("plant_quietly");
    m.def<&which>("which");
    m.def<&which_number>("which_number");
    // Two of a kind: the first one takes what has no room in its usual form.
    m.def("which_float", [](const std::variant<float, double>& x) { return x.index(); });
    m.def("which_int", [](const std::variant<std::int64_t, il::object>& x) { return x.index(); });

    m.def<&same<std::pair<int, std::string>>>("pair");
    m.def<&same<std::tuple<>>>("empty_tuple");
    m.def<&same<std::tuple<int, double, bool>>>("triple");
    m.def<&same<std::tuple<ticket, int>>>("ticket_tuple");
    m.def<&same<std::tuple<int, double, std::string>>>("record");
    m.def<&same<std::optional<std::pair<bool, std::optional<std::string>>>>>("record_inside");
    m.def<&same<std::vector<std::tuple<int, double, std::string>>>>("records");
    m.def<&kind_of_pair>("kind_of");
    m.def<&kind_of_list>("kind_of");
    m.def<&same<span_of_days>>("days");
    m.def<&same<std::array<int, 3>>>("array");
    m.def<&same<std::array<ticket, 2>>>("ticket_array");
    m.def<&same<std::array<std::string, 0>>>("empty_array");
    m.def<&swallow>("swallow");

    m.def<&same<std::vector<std::int64_t>>>("ints");
    m.def<&same<std::vector<std::string>>>("strs");
    m.def<&same<std::vector<bool>>>("bools");
    m.def<&same<std::vector<ticket>>>("tickets");
    m.def<&same<std::deque<double>>>("floats");
    m.def<&same<std::list<std::optional<int>>>>("optional_ints");
    m.def<&same<std::set<std::int64_t>>>("set_");
    m.def<&same<std::unordered_set<std::string>>>("str_set");
    m.def<&same<std::map<std::string, double>>>("map_");
    m.def<&same<std::unordered_map<std::int64_t, std::vector<std::pair<int, std::string>>>>>(
        "nested");
    m.def<&same<std::map<std::tuple<int, std::string>, std::array<double, 2>>>>("tuple_keys");
    m.def<&total>("total");
}
