// Pointers to instances that stand inside of containers: the call works on these as on those that it is given directly.
#include "../support/one_door.hpp"

#include <interlock/interlock.hpp>

#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace il = interlock;

namespace {

using one_door::stay;

constexpr int ended = -1000;

// In its instance, and known when it has ended.
struct part {
    explicit part(int n) : value(n) {}
    part(const part&) = default;
    part(part&&) = default;
    part& operator=(const part&) = default;
    part& operator=(part&&) = default;
    ~part() { value = ended; }
    int value;
};
// Beside its instance.
struct held : part {
    using part::part;
};
struct calm : part {
    using part::part;
};

template <class T>
int sum_of(const std::vector<const T*>& all) {
    return std::accumulate(all.begin(), all.end(), 0,
                           [](int sum, const T* one) { return sum + (one ? one->value : 0); });
}
void add_one(const std::vector<part*>& all) {
    for (part* one : all) {
        ++one->value;
    }
}

// What is made of others, and looks at them later.
struct total {
    explicit total(const std::vector<const part*>& all) : value(sum_of(all)) {}
    void set_by_words(const std::vector<std::string_view>& words) {
        value = static_cast<int>(words.size());
    }
    int value;
};

}  // namespace

INTERLOCK_MODULE(bind_class_pointers, m) {
    one_door::bind(m);

    il::class_<part>(m, "Part")
        .def(il::init<int>())
        .def("increase", [](part& p) { ++p.value; })
        .def_readonly<&part::value>("value");
    il::class_<held, std::unique_ptr<held>>(m, "Held")
        .def(il::init<int>())
        .def_readonly<&part::value>("value");
    il::class_<calm>(m, "Calm", il::frozen).def(il::init<int>());
    il::implicitly_convertible<int, part>(m);
    m.def("eat", [](std::unique_ptr<part> p) { return p->value; });
    m.def("eat", [](std::unique_ptr<held> p) { return p->value; });

    il::class_<total>(m, "Total")
        .def(il::init<std::vector<const part*>>())
        .def("add", [](total& t, const std::vector<const part*>& all) { t.value += sum_of(all); })
        .def("add_and_stay",
             [](total& t, il::python py, const std::vector<const part*>& all) {
                 py.allow_threads(&stay);
                 t.value += sum_of(all);
             })
        .def_property<&total::value,
                      [](total& t, const std::vector<const part*>& all) { t.value = sum_of(all); }>(
            "of")
        .def_property<&total::value, &total::set_by_words>("by_words")
        .def_property<&total::value,
                      [](total& t, il::python py, const std::vector<const part*>& all) {
                          py.allow_threads(&stay);
                          t.value = sum_of(all);
                      }>("of_after_stay");
    m.def("sum_as_callable", [] {
        return std::function<int(std::vector<const part*>, int)>(
            [](const std::vector<const part*>& all, int n) { return sum_of(all) + n; });
    });

    // ---- attached
    m.def<&sum_of<part>>("sum");
    m.def<&sum_of<held>>("sum_held");
    m.def("sum_rows", [](const std::vector<std::vector<const part*>>& rows) {
        return std::accumulate(rows.begin(), rows.end(), 0,
                               [](int sum, const auto& row) { return sum + sum_of(row); });
    });
    m.def("sum_rest", [](il::args_of<std::vector<const part*>> rows) {
        return std::accumulate(rows.begin(), rows.end(), 0,
                               [](int sum, const auto& row) { return sum + sum_of(row); });
    });
    m.def("sum_and", [](const std::vector<const part*>& all, int n) { return sum_of(all) + n; });
    m.def("sum_held_and",
          [](const std::vector<const held*>& all, int n) { return sum_of(all) + n; });
    m.def("add_and", [](const std::vector<part*>& all, int) { add_one(all); });
    m.def("sum_and_call", [](const std::vector<const held*>& all, const il::object& f) {
        const int result = f().as<int>();
        return sum_of(all) + result;
    });
    m.def("sum_by_callable",
          [](const std::vector<const held*>& all, const std::function<int()>& f) {
              const int result = f();
              return sum_of(all) + result;
          });

    // ---- released
    m.def<&add_one>("add", il::allow_threads);
    m.def(
        "add_and_stay",
        [](const std::vector<part*>& all) {
            stay();
            add_one(all);
        },
        il::allow_threads);
    m.def("add_inside", [](il::python py, const std::vector<part*>& all) {
        py.allow_threads(&stay);
        add_one(all);
    });
    m.def("add_inside_beside", [](il::python py, const part&, const std::vector<part*>& all) {
        py.allow_threads(&stay);
        py.allow_threads([] {});
        add_one(all);
    });
    m.def(
        "add_mapped",
        [](const std::map<std::string, part*>& all) {
            stay();
            for (const auto& [name, one] : all) {
                ++one->value;
            }
        },
        il::allow_threads);
    m.def(
        "add_optional",
        [](std::optional<part*> one) {
            stay();
            ++(*one)->value;
        },
        il::allow_threads);
    m.def(
        "add_either",
        [](std::variant<int, part*> one) {
            stay();
            ++std::get<part*>(one)->value;
        },
        il::allow_threads);
    m.def(
        "watch_or_add",
        [](const std::variant<std::tuple<part*, int>, std::tuple<const part*, std::string>>& one) {
            stay();
            return one.index();
        },
        il::allow_threads);
    m.def(
        "add_pair",
        [](std::tuple<int, part*> one) {
            stay();
            ++std::get<1>(one)->value;
        },
        il::allow_threads);
    m.def(
        "watch",
        [](const std::vector<const part*>& all) {
            stay();
            return sum_of(all);
        },
        il::allow_threads);
    m.def("watch_inside", [](il::python py, const std::vector<const part*>& all) {
        py.allow_threads(&stay);
        return sum_of(all);
    });
    m.def(
        "watch_held",
        [](const std::vector<const held*>& all) {
            stay();
            return sum_of(all);
        },
        il::allow_threads);
    m.def(
        "watch_calm",
        [](const std::vector<const calm*>& all) {
            stay();
            return sum_of(all);
        },
        il::allow_threads);
    m.def(
        "watch_one",
        [](const part& one) {
            stay();
            return one.value;
        },
        il::allow_threads);
    m.def("call_with", [](const std::vector<part*>& all, const il::object& f) {
        add_one(all);
        return f().as<int>();
    });
}
