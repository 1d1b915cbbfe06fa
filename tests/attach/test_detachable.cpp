// What may cross allow_threads, asserted while this compiles; calls that carry it across are in
// test_detachable_calls.cpp, what may not is in test_not_detachable.cpp.
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

#include "detachable_lists.hpp"

namespace il = interlock;

// Scalars, functions, what pointers and arrays lead to

struct incomplete;
enum class color { red };
union plain_union {
    int i;
    double d;
};
static_assert(all_pass<void, bool, const volatile int&, char8_t, long double, std::byte, color,
                       plain_union, std::nullptr_t, void*, bool*, const char* const*, incomplete*,
                       incomplete&, std::unique_ptr<incomplete>&>);
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
             classes::sealed, classes::made_privately&, classes::from_anything,
             classes::from_any_number, classes::from_any_value, classes::holds_from_anything,
             classes::to_anything, classes::no_address&, classes::no_comma,
             classes::hidden_by_pointer&, classes::shares_itself, classes::json,
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
class vector : public expression<vector> {};
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
