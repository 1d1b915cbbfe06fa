// Classes as users bind them: construction, methods, properties, ownership, inheritance.
#include <interlock/interlock.hpp>

#include <atomic>
#include <compare>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace il = interlock;

namespace {

struct Account {
    explicit Account(std::string o, double b = 0) : owner(std::move(o)), amount(b) { ++alive; }
    Account(const Account& other) : owner(other.owner), limit(other.limit), amount(other.amount) {
        ++alive;
    }
    Account(Account&& other) noexcept
        : owner(std::move(other.owner)), limit(other.limit), amount(other.amount) {
        ++alive;
    }
    ~Account() { --alive; }
    Account& operator=(const Account&) = default;

    void deposit(double a) {
        if (a < 0) {
            throw std::invalid_argument("a negative amount");
        }
        amount += a;
    }
    double balance() const { return amount; }
    static Account from_csv(std::string_view line) { return Account(std::string(line)); }
    Account& chain() { return *this; }
    auto operator<=>(const Account&) const = default;

    std::string owner;
    int limit = 100;
    double amount;
    static inline std::atomic<int> alive = 0;
};

struct Savings : Account {
    explicit Savings(std::string o) : Account(std::move(o)) {}
    double rate = 0.5;
};

struct Vec {
    double x = 0;
    double y = 0;
    Vec operator+(const Vec& o) const { return {x + o.x, y + o.y}; }
    Vec operator*(double f) const { return {x * f, y * f}; }
    friend Vec operator*(double f, const Vec& v) { return v * f; }
    Vec operator-() const { return {-x, -y}; }
    Vec& operator+=(const Vec& o) {
        x += o.x;
        y += o.y;
        return *this;
    }
    bool operator==(const Vec&) const = default;
};

struct Line {
    Vec from;
    Vec to;
};

struct Left {
    virtual ~Left() = default;
    virtual std::string left() const { return "left"; }
    long a = 1;
};
struct Right {
    virtual ~Right() = default;
    virtual std::string right() const { return "right"; }
    long b = 2;
};
struct Both : Left, Right {
    std::string left() const override { return "both's left"; }
    long c = 3;
};

struct Pinned {
    explicit Pinned(int v) : value(v) {}
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    int value;
};

struct Shared : std::enable_shared_from_this<Shared> {
    int value = 7;
};

struct Node {
    il::owned<il::object> next;
};

struct Over {
    explicit Over(int) : which("int") {}
    explicit Over(const std::string&) : which("str") {}
    Over(double, double) : which("float, float") {}
    std::string f(int) const { return "int"; }
    std::string f(const std::string&) const { return "str"; }
    std::string which;
};

struct Money {
    explicit Money(int c) : cents(c) {}
    int cents;
};

enum class Color { red = 1, green = 2, blue = 5 };
enum class Level : unsigned char { low, high = 200 };
enum class Permission : unsigned { read = 1, write = 2, run = 4 };

struct Point {
    int x = 0;
    std::string name;
};
struct Temperature {
    explicit Temperature(double k) : kelvin(k) {}
    double kelvin;
};
double state_of(const Temperature& t) { return t.kelvin; }
Temperature from_state(double kelvin) { return Temperature(kelvin); }

struct Ledger {
    std::vector<Account> entries{};
    auto begin() const { return entries.begin(); }
    auto end() const { return entries.end(); }
    std::vector<int> numbers{1, 2, 3};
    std::vector<int>::const_iterator first() const { return numbers.begin(); }
    std::vector<int>::const_iterator last() const { return numbers.end(); }
};

int counter = 0;

double total(const Account& a, const Account* b) {
    return a.balance() + (b != nullptr ? b->balance() : 0);
}

}  // namespace

INTERLOCK_MODULE(bind_classes, m) {
    il::class_<Account>(m, "Account", "A bank account.")
        .def(il::init<std::string, double>(), il::arg("owner"), il::arg("balance") = 0.0)
        .def<&Account::deposit>("deposit", "Adds money.", il::arg("amount"))
        .def<&Account::chain>("chain")
        .def_property<&Account::balance>("balance")
        .def_readwrite<&Account::limit>("limit")
        .def_readonly<&Account::owner>("owner")
        .def_static<&Account::from_csv>("from_csv", il::arg("line"))
        .def("__repr__", [](const Account& a) { return "Account(" + a.owner + ")"; })
        .def("scaled", [k = 3](const Account& a, int n) { return k * n * a.limit; })
        .def("times2", [](const Account& a) { return 2 * a.limit; })
        .def("with_token", [](il::python py, Account& a) { return py.make(a.limit); })
        .def("as_object", [](const il::object& self) { return self; })
        .def_class("name_of", [](const il::type& type) { return type.name(); })
        .def(il::self == il::self)
        .def(il::self < il::self);
    il::class_<Savings, Account>(m, "Savings")
        .def(il::init<std::string>())
        .def_readwrite<&Savings::rate>("rate");
    m.def<&total>("total");
    m.def("alive", [] { return Account::alive.load(); });
    m.def("by_value", [](Account a) { return a; });
    m.def("list_of",
          [](int n) { return std::vector<Account>(static_cast<std::size_t>(n), Account("l")); });
    m.def("sum_of", [](const std::vector<Account>& all) {
        double sum = 0;
        for (const Account& a : all) {
            sum += a.balance();
        }
        return sum;
    });
    m.def("make_unique", [](std::string s) { return std::make_unique<Account>(s, 3.0); });
    m.def("make_savings",
          [](std::string s) -> std::unique_ptr<Savings> { return std::make_unique<Savings>(s); });
    m.def("share", [](std::shared_ptr<Account> s) { return s; });
    m.def("eat", [](std::unique_ptr<Account> s) { return s->balance(); });
    m.def("same", [](Account& a) -> Account& { return a; });
    m.def("null", []() -> std::shared_ptr<Account> { return nullptr; });
    m.def("new_raw", []() { return new Account("raw", 1.0); }, il::take);

    il::class_<Vec>(m, "Vec")
        .def(il::init<double, double>(), il::arg("x"), il::arg("y"))
        .def_readwrite<&Vec::x>("x")
        .def_readwrite<&Vec::y>("y")
        .def(il::self + il::self)
        .def(il::self * double())
        .def(double() * il::self)
        .def(-il::self)
        .def(il::self += il::self)
        .def(il::self == il::self)
        .def("__len__", [](const Vec&) { return 2; })
        .def("__getitem__",
             [](const Vec& v, int i) {
                 if (i < -2 || i > 1) {
                     throw std::out_of_range("a Vec has two items");
                 }
                 return i == 0 || i == -2 ? v.x : v.y;
             })
        .def("__call__", [](const Vec& v, double f) { return v.x * f; })
        .def("__contains__", [](const Vec& v, double f) { return v.x == f || v.y == f; })
        .def("__bool__", [](const Vec& v) { return v.x != 0 || v.y != 0; })
        .def("__float__", [](const Vec& v) { return v.x; })
        .def("__enter__", [](const il::object& self) { return self; })
        .def("__exit__", [](const Vec&, il::args) { return true; });
    il::class_<Line>(m, "Line")
        .def(il::init<>())
        .def_readwrite<&Line::from>("start")
        .def_readonly<&Line::to>("end");

    il::class_<Left>(m, "Left")
        .def(il::init<>())
        .def<&Left::left>("left")
        .def_readwrite<&Left::a>("a");
    il::class_<Right>(m, "Right")
        .def(il::init<>())
        .def<&Right::right>("right")
        .def_readwrite<&Right::b>("b");
    il::class_<Both, Left, Right>(m, "Both").def(il::init<>()).def_readwrite<&Both::c>("c");
    m.def("right_of", [](const Right& r) { return r.b; });
    m.def("make_left", []() -> std::unique_ptr<Left> { return std::make_unique<Both>(); });

    il::class_<Pinned>(m, "Pinned", il::is_final, il::frozen)
        .def(il::init<int>())
        .def_readonly<&Pinned::value>("value");
    m.def("eat_pinned", [](std::unique_ptr<Pinned> p) { return p->value; });
    il::class_<Shared, std::shared_ptr<Shared>>(m, "Shared", il::weak_referenceable,
                                                il::dynamic_attr)
        .def(il::init<>())
        .def_readwrite<&Shared::value>("value");
    m.def("use_count", [](const std::shared_ptr<Shared>& s) { return s.use_count(); });
    m.def("same_shared", [](const std::shared_ptr<Shared>& s) { return s->shared_from_this(); });

    il::class_<Node>(m, "Node")
        .def(il::init<>())
        .def("set", [](Node& n, il::object o) { n.next = o.unbind(); })
        .def_readonly<&Node::next>("next");

    il::class_<Over>(m, "Over")
        .def(il::init<int>())
        .def(il::init<const std::string&>())
        .def(il::init<double, double>())
        .def<il::overload<std::string(int) const>(&Over::f)>("f")
        .def<il::overload<std::string(const std::string&) const>(&Over::f)>("f")
        .def_readonly<&Over::which>("which");

    il::class_<Money>(m, "Money").def(il::init<int>()).def_readonly<&Money::cents>("cents");
    il::implicitly_convertible<int, Money>(m);
    m.def("cents", [](const Money& money) { return money.cents; });

    struct Factory {
        int value;
    };
    il::class_<Factory>(m, "Factory")
        .def(il::init([](int v) { return Factory{v}; }), il::arg("v"))
        .def(il::init([](const std::string& s) {
            return std::make_unique<Factory>(static_cast<int>(s.size()));
        }))
        .def_readonly<&Factory::value>("value");

    il::enum_<Color>(m, "Color", "Colors.")
        .value("red", Color::red)
        .value("green", Color::green, "As grass.");
    il::enum_<Level>(m, "Level", il::int_enum)
        .value("low", Level::low)
        .value("high", Level::high)
        .export_values();
    il::enum_<Permission>(m, "Permission", il::flag)
        .value("read", Permission::read)
        .value("write", Permission::write)
        .value("run", Permission::run);
    m.def(
        "next_color", [](Color c) { return c == Color::red ? Color::green : Color::blue; },
        il::arg("c") = Color::red);
    m.def("level", [](Level l) { return static_cast<int>(l); });
    m.def("permissions", [](Permission p) { return p; });
    m.def("all_colors", [] { return std::vector<Color>{Color::red, Color::green}; });

    il::class_<Point>(m, "Point")
        .def(il::init<int, std::string>(), il::arg("x"), il::arg("name"))
        .def_readwrite<&Point::x>("x")
        .def_readwrite<&Point::name>("name")
        .def(il::pickle_fields<&Point::x, &Point::name>());
    il::class_<Temperature>(m, "Temperature")
        .def(il::init<double>())
        .def_readonly<&Temperature::kelvin>("kelvin")
        .def(il::pickle<&state_of, &from_state>());

    il::class_<Ledger>(m, "Ledger")
        .def(il::init<>())
        .def("add", [](Ledger& l, const Account& a) { l.entries.push_back(a); })
        .def_iter();
    struct Numbers : Ledger {};
    il::class_<Numbers, Ledger>(m, "Numbers")
        .def(il::init<>())
        .def_iter<&Ledger::first, &Ledger::last>();

    struct Outer {};
    struct Inner {};
    il::class_<Outer> outer(m, "Outer", il::generic, il::immutable);
    outer.def(il::init<>()).add("LIMIT", 3).def_static_readwrite<&counter>("counter");
    il::class_<Inner>(outer, "Inner").def(il::init<>());

    struct Nothing {};
    il::class_<Nothing>(m, "Nothing");
}
