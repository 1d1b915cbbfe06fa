// Which types are detachable, asserted while this compiles. What stays legal counts as much as what is refused; the messages
// of the refusals are in tests/must_not_compile, calls that carry legal values across in test_detachable_calls.cpp.
#include <interlock/interlock.hpp>

#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <condition_variable>
#include <coroutine>
#include <cstdio>
#include <deque>
#include <exception>
#include <filesystem>
#include <forward_list>
#include <fstream>
#include <functional>
#include <future>
#include <latch>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <numeric>
#include <queue>
#include <random>
#include <ranges>
#include <regex>
#include <semaphore>
#include <set>
#include <shared_mutex>
#include <source_location>
#include <span>
#include <sstream>
#include <stack>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

namespace il = interlock;

// A wrong one is named by the compiler.
template <class T>
constexpr bool passes() {
    static_assert(il::detachable<T>);
    return true;
}
template <class T>
constexpr bool is_refused() {
    static_assert(!il::detachable<T>);
    return true;
}
template <class... Ts>
constexpr bool all_pass = (passes<Ts>() && ...);
template <class... Ts>
constexpr bool all_refused = (is_refused<Ts>() && ...);

// Scalars, functions, what pointers and arrays lead to

struct incomplete;
enum class color { red };
union plain_union {
    int i;
    double d;
};
static_assert(all_pass<void, bool, const volatile int&, char8_t, __int128, long double, std::byte,
                       color, plain_union, std::nullptr_t, void*, bool*, const char* const*,
                       incomplete*, incomplete&, std::unique_ptr<incomplete>&>);
static_assert(all_pass<char[10], int[3][4], int (&)[1000], int[]>);
static_assert(all_pass<void (*)(int), void (&)(il::object), il::object (*)(il::python),
                       int std::pair<int, int>::*, void (std::thread::*)(), PyCFunction>);

// The standard library

static_assert(all_pass<std::atomic<int>&, std::atomic_flag&, std::mutex&, std::shared_mutex&,
                       std::unique_lock<std::mutex>, std::lock_guard<std::mutex>&,
                       std::scoped_lock<std::mutex, std::mutex>&, std::condition_variable&,
                       std::condition_variable_any&, std::latch&, std::counting_semaphore<4>&,
                       std::once_flag&>);
static_assert(all_pass<std::ostream&, std::wostream&, std::ofstream&, std::istringstream&&,
                       std::stringstream, FILE*, std::streambuf*, std::locale>);
static_assert(all_pass<std::thread, std::jthread&, std::stop_token, std::future<int>,
                       std::future<void>&, std::shared_future<std::string>, std::promise<int>&,
                       std::exception_ptr, std::error_code, const std::error_category&,
                       std::runtime_error&, std::coroutine_handle<>>);
static_assert(all_pass<std::string, std::string_view, std::u8string_view, std::span<const double>,
                       std::span<int, 4>, std::filesystem::path, std::filesystem::directory_entry,
                       std::filesystem::recursive_directory_iterator, std::regex, std::smatch,
                       std::sregex_iterator>);
static_assert(
    all_pass<std::optional<int>, std::variant<int, std::string>, std::tuple<>,
             std::tuple<std::unique_ptr<int>, std::string&, const double&>, std::pair<int, double>,
             std::map<std::string, int>, std::unordered_map<int, std::vector<int>>,
             std::multimap<int, int>::const_iterator, std::map<int, int>::node_type,
             std::deque<int>, std::list<int>, std::forward_list<int>, std::set<int>,
             std::array<double, 1000>, std::array<int, 0>, std::priority_queue<int>,
             std::stack<int>, std::vector<bool>, std::vector<bool>::reference, std::bitset<9>,
             std::valarray<double>, std::complex<double>, std::initializer_list<int>,
             std::monostate, std::pmr::vector<int>, std::pmr::memory_resource*>);
static_assert(all_pass<std::unique_ptr<int>, std::unique_ptr<int[]>, std::shared_ptr<void>,
                       std::weak_ptr<int>, std::unique_ptr<FILE, int (*)(FILE*)>,
                       std::unique_ptr<int, decltype([](int* p) { delete p; })>,
                       std::reference_wrapper<int>>);
static_assert(all_pass<std::mt19937&, std::random_device&, std::uniform_int_distribution<int>,
                       std::discrete_distribution<>&, std::seed_seq&, std::chrono::nanoseconds,
                       std::chrono::system_clock::time_point, std::source_location, std::type_index,
                       const std::type_info&, std::less<>, std::hash<int>>);
static_assert(
    all_pass<std::ranges::iota_view<int, int>, std::ranges::subrange<int*>,
             std::ranges::single_view<int>,
             decltype(std::declval<std::vector<int>&>() | std::views::reverse),
             decltype(std::declval<std::map<int, int>&>() | std::views::keys),
             decltype(std::views::iota(0, 3) | std::views::transform([](int x) { return x * 2; })),
             std::istream_iterator<int>, std::istreambuf_iterator<char>,
             std::back_insert_iterator<std::vector<int>>, std::reverse_iterator<int*>>);

// Aggregates

namespace aggregates {
struct point {
    int x;
    double y;
};
struct derived : point {
    std::string name;
};
struct two_bases : std::vector<int>, std::string {
    int x;
};
struct references {
    const std::string& a;
    int& b;
    std::unique_ptr<int> c;
};
struct rvalue_reference {
    int&& r;
    int x;
};
struct to_itself {
    to_itself& me;
    int x;
};
struct bit_fields {
    unsigned a : 3;
    unsigned b : 5;
    int : 0;
    int c;
};
struct anonymous_unions {
    int tag;
    union {
        int i;
        char text[16];
    };
    union {
        int j;
        double d;
    };
};
struct long_array {
    double xs[1000];
    int n;
};
struct image {
    unsigned char pixels[640][480][3];
    int width;
};
struct arrays_of_classes {
    const char* argv[64];
    std::string names[64];
    std::mutex locks[16];
    std::atomic<int> counts[16];
    std::unique_ptr<int> ps[16];
};
struct immovable {
    std::mutex m;
    std::atomic<int> a;
    std::condition_variable cv;
};
struct node {
    node* next;
    std::vector<node> kids;
    std::map<std::string, std::shared_ptr<node>> named;
    std::variant<int, std::string, std::vector<node>> value;
};
struct one_of_two;
struct other_of_two {
    one_of_two* one;
};
struct one_of_two {
    other_of_two* other;
    int x;
};
struct what_the_library_has {
    std::optional<int> a;
    std::variant<int, double> b;
    std::tuple<int> c;
    std::string d;
    std::filesystem::path e;
    std::shared_ptr<int> f;
    std::span<int> g;
    std::reference_wrapper<int> h;
    std::initializer_list<int> i;
    std::future<int> j;
    std::thread k;
    std::ofstream l;
    std::mt19937 m;
    std::exception_ptr n;
};
struct functions {
    void (*f)(il::object);
    int (point::*g)();
    int point::* h;
};
struct qualified {
    volatile int v;
    const int c;
};
struct from_explicit {
    explicit from_explicit(int) {}
};
struct not_made_anew {
    from_explicit e;
    int x;
};
struct many {
    int a[9], b[9], c[9], d[9], e[9], f[9], g[9], h[9];
};
}  // namespace aggregates

static_assert(
    all_pass<aggregates::point, aggregates::derived, aggregates::two_bases, aggregates::references,
             aggregates::rvalue_reference, aggregates::to_itself, aggregates::bit_fields,
             aggregates::anonymous_unions, aggregates::long_array, aggregates::image,
             aggregates::arrays_of_classes&, aggregates::immovable&, aggregates::node,
             aggregates::one_of_two, aggregates::what_the_library_has, aggregates::functions,
             aggregates::qualified, aggregates::not_made_anew, aggregates::many>);

// Classes of users

namespace classes {
class abstract {
public:
    virtual ~abstract() = default;
    virtual int operator()() const = 0;
};
class sealed final {
public:
    int operator()(int x) const { return x + x_; }

private:
    int x_ = 0;
};
struct final_destructor {
    virtual ~final_destructor() final = default;  // NOLINT
    int operator()() const;
};
class made_privately {
    made_privately();
    ~made_privately();
};
struct from_anything {
    template <class T>
    from_anything(T&&) {}
};
struct from_any_number {
    template <class... Ts>
    from_any_number(Ts&&...) {}
};
struct from_any_value {
    template <class T>
    from_any_value(T) {}
};
struct holds_from_anything {
    int a;
    from_anything b;
    from_any_number c;
};
struct to_anything {
    template <class T>
    operator T() const;
};
struct no_address {
    int x;
    no_address* operator&() = delete;  // NOLINT
};
struct no_comma {
    int x;
    template <class T>
    no_comma& operator,(T&&) = delete;
};
class hidden_by_pointer {
public:
    ~hidden_by_pointer();

private:
    struct state;
    std::unique_ptr<state> state_;
};
struct shares_itself : std::enable_shared_from_this<shares_itself> {
    int x = 0;
};
class json {
public:
    json();
    json(const std::vector<json>&);
    template <class T>
        requires(!std::is_same_v<T, json>)
    json(T&&);
    const json* begin() const;
    const json* end() const;

private:
    std::variant<double, std::string, std::vector<json>, std::map<std::string, json>> value_;
};
template <template <class...> class Container, class T>
struct policy : Container<T> {};
// What looks like std::any and is not.
struct field {
    struct kind {
        const char* name() const;
    };
    kind type() const;
    bool empty() const;
    void reset();
    bool has_value() const;
};
}  // namespace classes

static_assert(
    all_pass<classes::abstract&, const classes::abstract*, std::shared_ptr<classes::abstract>,
             classes::sealed, classes::final_destructor&, classes::made_privately&,
             classes::from_anything, classes::from_any_number, classes::from_any_value,
             classes::holds_from_anything, classes::to_anything, classes::no_address&,
             classes::no_comma, classes::hidden_by_pointer&, classes::shares_itself, classes::json,
             std::vector<classes::json>, classes::policy<std::vector, int>, classes::field>);

// Operators * and (), begin()

namespace operators {
struct matrix {
    std::vector<double> data;
    double& operator()(int i, int j);
    double operator()(int i, int j) const;
};
// An expression template: refers to its operands, cannot be assigned, can be called.
template <class Derived>
struct expression {
    double operator()(int i) const;
};
class vector : public expression<vector> {
    double data_[3] = {};
};
template <class L, class R>
class sum : public expression<sum<L, R>> {
public:
    sum(const L& l, const R& r) : l_(l), r_(r) {}

private:
    const L& l_;
    const R& r_;
};
class minor {
public:
    explicit minor(const matrix& of) : of_(of) {}
    double operator()(int i, int j) const;

private:
    const matrix& of_;
};
struct times {
    times operator*(const times&) const;
};
struct star_gives_itself {
    star_gives_itself operator*() const;
};
// A parser: *p is another parser, of another type.
template <class T>
struct repeated {
    T what;
};
template <class T>
repeated<repeated<T>> operator*(repeated<T>);
struct word {};
repeated<word> operator*(word);
template <int N>
struct begins_with_the_next {
    struct iterator {
        begins_with_the_next<N + 1> operator*() const;
    };
    iterator begin() const;
};
struct member_begin {
    int begin;
    int end() const;
};
struct begin_of_number {
    int begin() const;
};
struct begin_to_be_deduced {
    auto begin() const;
    auto end() const;
};
struct begin_deleted {
    void begin() = delete;
    void operator*() = delete;
};
class begin_private {
    int begin();
    int operator*();
    int ptr();
    int type();
};
struct lines {
    struct iterator {
        std::string operator*() const;
        iterator& operator++();
    };
    iterator begin();
};
}  // namespace operators

static_assert(
    all_pass<operators::matrix, operators::vector, operators::sum<operators::vector, double>,
             operators::sum<operators::vector, operators::sum<operators::vector, double>>,
             operators::minor, operators::times, operators::star_gives_itself, operators::word,
             operators::repeated<operators::word>, operators::begins_with_the_next<0>,
             operators::member_begin, operators::begin_of_number, operators::begin_to_be_deduced,
             operators::begin_deleted, operators::begin_private, operators::lines>);

// What interlock makes for any thread

struct keeps {
    il::owned<il::list> list;
    std::vector<il::owned<il::object>> objects;
    std::optional<il::owned<il::object>> maybe;
    std::map<std::string, il::owned<il::str>> named;
};
static_assert(all_pass<il::owned<il::object>, const il::owned<il::list>&, il::owned<il::dict>*,
                       std::vector<il::owned<il::object>>, keeps, il::python_error,
                       il::interpreter&, il::thread_scope&>);

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
struct second_base : aggregates::point, one {};
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
struct beside_from_anything {
    classes::from_anything a;
    classes::from_any_number b;
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

template <class... Ts>
consteval bool refuses(const Ts&...) {
    return all_refused<Ts...>;
}
[[maybe_unused]] static void closures(int x, const std::string& text, const il::object& o) {
    auto by_reference = [&x] { ++x; };
    auto by_value = [x] { return x; };
    auto by_default = [=] { return x; };
    auto state = [n = 0]() mutable { return n++; };
    auto generic = [text](auto&&...) { return text.size(); };
    auto object = [o] { return o.ptr(); };
    auto bound = std::bind(by_value);
    auto bound_plain = std::bind([](int) {}, 1);
    auto bound_front = std::bind_front([](const il::object&) {}, o);
    static_assert(all_refused<decltype(by_reference), decltype(by_value)&, decltype(by_default),
                              decltype(state), decltype(generic), decltype(object), decltype(bound),
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
    (void)std::tie(by_reference, by_value, by_default, state, generic, object, bound, bound_plain,
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
