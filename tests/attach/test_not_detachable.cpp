// What may not cross allow_threads, asserted while this compiles; how it is said is in tests/must_not_compile.
#include <interlock/interlock.hpp>

#include <any>
#include <array>
#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <ranges>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "detachable_lists.hpp"

namespace il = interlock;

// Python's, and what holds or views it

static_assert(
    all_refused<il::object, const il::object&, il::object&&, il::object*, const il::object* const*,
                il::object[4], il::list, il::dict&, il::borrowed<il::object>,
                il::borrowed<il::list>*, il::attribute, il::item, il::unpack, il::item_iterator,
                il::dict_iterator, il::dict_entry, il::keyword_argument<il::object&>>);
static_assert(all_refused<il::python, il::attachment, const il::attachment*, il::attachment[2],
                          std::reference_wrapper<const il::attachment>, std::tuple<il::python>>);
static_assert(
    all_refused<PyObject, PyObject*, PyObject**, const PyObject*, PyObject* [3], PyTypeObject*,
                PyListObject*, PyUnicodeObject*, PyFrameObject*, PyCodeObject*, PyCFunctionObject*,
                PyHeapTypeObject*, PyModuleDef&, Py_buffer>);
static_assert(
    all_refused<std::vector<il::object>, std::optional<il::object>, std::tuple<int, il::object>,
                std::pair<int&, PyObject*&>, std::variant<std::monostate, il::object>,
                std::array<il::object, 3>, std::array<il::object, 0>, std::array<PyObject*, 3>,
                std::map<int, il::object>, std::map<il::object, int>,
                std::unordered_map<std::string, il::list>, std::deque<il::object>,
                std::stack<il::object>, std::set<PyObject*>, std::initializer_list<il::object>,
                std::vector<std::pair<int, std::shared_ptr<std::vector<il::object>>>>>);
static_assert(all_refused<std::unique_ptr<il::object>, std::unique_ptr<il::object[]>,
                          std::shared_ptr<const il::object>&, std::weak_ptr<il::object>,
                          std::unique_ptr<PyObject, void (*)(PyObject*)>, std::atomic<PyObject*>&,
                          std::reference_wrapper<il::object>, std::future<il::object>,
                          std::promise<il::object>&, std::shared_future<il::list>>);
static_assert(
    all_refused<std::span<il::object>, std::span<const il::object, 3>,
                std::vector<il::object>::iterator, std::vector<il::object>::reverse_iterator,
                std::map<int, il::object>::const_iterator, std::map<int, il::object>::node_type,
                std::deque<il::object>::iterator, std::list<il::object>::iterator,
                std::ranges::subrange<il::object*>, std::ranges::ref_view<std::vector<il::object>>,
                decltype(std::declval<std::vector<il::object>&>() | std::views::take(2)),
                decltype(std::declval<std::vector<il::object>&>() |
                         std::views::transform([](const il::object&) { return 1; })),
                decltype(std::declval<std::map<int, il::object>&>() | std::views::keys),
                std::back_insert_iterator<std::vector<il::object>>>);
static_assert(
    all_refused<std::function<void()>, std::function<il::object(int)>&, std::packaged_task<int()>,
                std::any, const std::any&, std::vector<std::function<void()>>>);

namespace holding {
struct one {
    il::object o;
};
struct last {
    int x;
    std::string s;
    il::object o;
};
struct nested {
    one t;
};
struct unnamed {
    struct {
        int a;
        PyObject* b;
    } inner;
};
struct base : one {
    int x;
};
struct point {
    int x;
    double y;
};
struct second_base : point, one {};
struct array {
    il::object os[2][2];
};
struct array_of_pointers {
    PyObject* ps[64];
    int x;
};
struct array_of_aggregates {
    int n;
    one ones[20];
};
struct behind_array {
    char name[5];
    il::object o;
};
struct behind_long_array {
    double xs[1000];
    il::object o;
};
struct behind_two_long_arrays {
    char name[64];
    int n;
    char other[64];
    double v;
    il::object o;
};
struct behind_three_long_arrays {
    char a[64], b[64], c[64];
    PyObject* o;
};
struct long_array_last {
    char a[64];
    PyObject* ps[64];
};
struct many {
    int a, b, c, d, e, f, g, h, i;
    PyObject* o;
};
struct array_of_many {
    many n[6];
};
struct many_behind_array {
    char text[100];
    many n;
};
struct reference {
    int x;
    const il::object& o;
};
struct beside_reference {
    int& x;
    std::unique_ptr<il::object> o;
};
struct token {
    int x;
    il::python py;
};
struct beside_library {
    std::optional<int> a;
    std::variant<int, double> b;
    std::tuple<int> c;
    std::string d;
    std::filesystem::path e;
    std::shared_ptr<int> f;
    il::object o;
};
struct in_optional {
    std::optional<int> a;
    std::optional<one> b;
};
struct in_variant {
    std::variant<std::monostate, il::object> v;
};
struct in_tuple {
    std::tuple<il::object> t;
};
struct beside_immovable {
    std::mutex m;
    std::atomic<int> a;
    il::object o;
};
struct from_anything {
    template <class T>
    from_anything(T&&) {}
};
struct from_any_number {
    template <class... Ts>
    from_any_number(Ts&&...) {}
};
struct beside_from_anything {
    from_anything a;
    from_any_number b;
    il::object o;
};
struct beside_bit_fields {
    unsigned a : 3;
    unsigned b : 4;
    union {
        int i;
        double d;
    };
    il::object o;
};
struct in_function {
    int x;
    std::function<void()> f;
};
struct in_any {
    std::any a;
    int x;
};
struct node {
    node* next;
    std::vector<node> kids;
    il::object value;
};
class derived : public il::object {
    using il::object::object;
};
class range : std::vector<il::object> {
public:
    using std::vector<il::object>::begin;
    using std::vector<il::object>::end;
};
class range_from_beside {
    friend il::object* begin(range_from_beside&);
    friend il::object* end(range_from_beside&);
    std::vector<il::object> values_;
};
class cursor {
public:
    const il::object& operator*() const;

private:
    PyObject** at_;
};
// A handle of another library.
class handle {
public:
    PyObject* ptr() const { return pointer_; }

private:
    PyObject* pointer_;
};
template <class T, std::size_t N, class Allocator = std::allocator<T>>
class small_vector {};
template <template <class...> class Container, class T>
class policy {};
}  // namespace holding

static_assert(
    all_refused<holding::one, holding::last, holding::nested, holding::unnamed, holding::base,
                holding::second_base, holding::array, holding::array_of_pointers,
                holding::array_of_aggregates, holding::behind_array, holding::behind_long_array,
                holding::behind_two_long_arrays, holding::behind_three_long_arrays,
                holding::long_array_last, holding::array_of_many, holding::many_behind_array,
                holding::reference, holding::beside_reference, holding::token,
                holding::beside_library, holding::in_optional, holding::in_variant,
                holding::in_tuple, holding::beside_immovable, holding::beside_from_anything,
                holding::beside_bit_fields, holding::in_function, holding::in_any, holding::node>);
static_assert(all_refused<holding::derived, holding::range, holding::range_from_beside,
                          holding::cursor, holding::handle, holding::small_vector<il::object, 4>,
                          holding::policy<std::vector, il::object>>);

// Closures

[[maybe_unused]] static void closures(int x, const std::string& text, const il::object& o) {
    auto by_reference = [&x] { ++x; };
    auto by_value = [x] { return x; };
    auto by_default = [=] { return x; };
    auto state = [n = 0]() mutable { return n++; };
    auto generic = [text](auto&&...) { return text.size(); };
    auto object = [o] { return o.ptr(); };
    auto bound_plain = std::bind([](int) {}, 1);
    auto bound_front = std::bind_front([](const il::object&) {}, o);
    static_assert(all_refused<decltype(by_reference), decltype(by_value)&, decltype(by_default),
                              decltype(state), decltype(generic), decltype(object),
                              decltype(bound_plain), decltype(bound_front),
                              std::optional<decltype(by_value)>, std::tuple<decltype(by_value)>>);
    auto captureless = [](auto y) { return y; };
    struct functor {
        int& n;
        int operator()() const { return n; }
    };
    class made_functor {
    public:
        explicit made_functor(int& n) : n_(n) {}
        int operator()() const { return n_; }

    private:
        int& n_;
    };
    static_assert(all_pass<decltype(captureless), functor, made_functor>);
    (void)std::tie(by_reference, by_value, by_default, state, generic, object, bound_plain,
                   bound_front, captureless);
}

// The user's word

namespace told {
class hides {
    il::object o_;
};
struct shows {
    il::object o;
};
struct later;
template <class T>
struct boxed {
    T value;
};
struct no {
    int x;
};
struct based_on_no : no {};
struct has_no {
    int x;
    no n;
};
}  // namespace told
template <>
inline constexpr bool il::enable_detachable<told::hides> = false;
template <>
inline constexpr bool il::enable_detachable<told::shows> = true;
template <>
inline constexpr bool il::enable_detachable<told::later> = false;
template <class T>
inline constexpr bool il::enable_detachable<told::boxed<T>> = true;
template <class T>
inline constexpr bool il::enable_detachable<told::boxed<T*>> = false;
template <>
inline constexpr bool il::enable_detachable<told::no> = false;

static_assert(all_refused<told::hides, told::hides&, told::hides*, std::vector<told::hides>,
                          std::shared_ptr<const told::hides>, told::later*, told::boxed<int*>,
                          told::no, told::based_on_no, told::has_no>);
static_assert(all_pass<told::shows, std::optional<told::shows>, told::boxed<il::object>,
                       std::vector<told::boxed<int>>>);
