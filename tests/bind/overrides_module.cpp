// Python classes that override C++ virtual functions, called from Python and from threads that Python never saw.
#include <interlock/interlock.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace il = interlock;

namespace {

struct Token {
    explicit Token(int v) : value(v) {}
    int value;
};

struct Shape {
    Shape() = default;
    explicit Shape(int s) : sides(s) {}
    virtual ~Shape() { ++ended; }
    virtual double area() const = 0;
    virtual std::string name() const { return "shape"; }
    virtual double scaled(double f) const { return f * 10; }
    virtual void touch() { ++touched; }
    virtual std::vector<std::string> pair() const { return {"1", "one"}; }
    virtual std::unique_ptr<Token> make() const { return std::make_unique<Token>(1); }
    virtual const Token& token() const { return own; }
    virtual Token* find() { return nullptr; }
    virtual std::tuple<int, std::string, double> parts() const { return {1, "one", 1.5}; }
    std::string describe() const { return name() + "!"; }

    int sides = 0;
    int touched = 0;
    Token own{5};
    static inline std::atomic<int> ended = 0;
};

struct PyShape : Shape {
    using Shape::Shape;
    double area() const override { return il::override_pure<double>(this, "area"); }
    std::string name() const override {
        return il::override_or(this, "name", [&] { return Shape::name(); });
    }
    double scaled(double f) const override {
        return il::override_or(this, "scaled", [&] { return Shape::scaled(f); }, f);
    }
    void touch() override {
        il::override_or(this, "touch", [&] { Shape::touch(); });
    }
    std::vector<std::string> pair() const override {
        return il::override_or(this, "pair", [&] { return Shape::pair(); });
    }
    std::unique_ptr<Token> make() const override {
        return il::override_or(this, "make", [&] { return Shape::make(); });
    }
    const Token& token() const override {
        return il::override_or(this, "token", [&]() -> const Token& { return Shape::token(); });
    }
    std::tuple<int, std::string, double> parts() const override {
        return il::override_or(this, "parts", [&] { return Shape::parts(); });
    }
    Token* find() override {
        return il::override_or(this, "find", [&] { return Shape::find(); });
    }
};

// Two bases, each with a trampoline of its own.
struct Reader {
    virtual ~Reader() = default;
    virtual int read() const { return 1; }
};
struct Writer {
    virtual ~Writer() = default;
    virtual int write(int x) const { return x; }
};
struct Both : Reader, Writer {};
template <class Base>
struct PyReader : Base {
    int read() const override {
        return il::override_or(this, "read", [&] { return Base::read(); });
    }
};
template <class Base>
struct PyWriter : Base {
    int write(int x) const override {
        return il::override_or(this, "write", [&] { return Base::write(x); }, x);
    }
};

std::unique_ptr<Shape> kept;

// On threads that Python never saw, all at once.
std::vector<double> areas(const Shape& shape, int threads) {
    std::vector<double> found(static_cast<std::size_t>(threads));
    std::latch start(threads);
    std::vector<std::thread> all;
    for (double& one : found) {
        all.emplace_back([&] {
            start.arrive_and_wait();
            one = shape.area() + shape.scaled(1);
        });
    }
    for (std::thread& one : all) {
        one.join();
    }
    return found;
}

// What a thread that Python never saw gets of results that are made, moved, and referred to.
std::tuple<int, int, std::tuple<int, std::string, double>> results_on_a_thread(const Shape& shape) {
    std::tuple<int, int, std::tuple<int, std::string, double>> found;
    std::thread([&] { found = {shape.make()->value, shape.token().value, shape.parts()}; }).join();
    return found;
}

// Whether a thread that Python never saw has a thread state of Python's afterwards.
template <class F>
bool enters(F f) {
    bool entered = false;
    std::thread([&] {
        f();
        entered = PyGILState_GetThisThreadState() != nullptr;
    }).join();
    return entered;
}

}  // namespace

INTERLOCK_MODULE(bind_overrides, m) {
    m.def<&results_on_a_thread>("results_on_a_thread", il::allow_threads);
    m.def("parts", [](const Shape& s) { return s.parts(); });
    m.def(
        "name_enters", [](const Shape& s) { return enters([&] { s.name(); }); }, il::allow_threads);
    m.def(
        "area_enters", [](const Shape& s) { return enters([&] { s.area(); }); }, il::allow_threads);
    il::class_<Token>(m, "Token").def(il::init<int>()).def_readonly<&Token::value>("value");
    il::class_<Shape, il::trampoline<PyShape>>(m, "Shape")
        .def(il::init<>())
        .def(il::init<int>())
        .def<&Shape::area>("area")
        .def<&Shape::name>("name")
        .def<&Shape::scaled>("scaled", il::arg("f"))
        .def<&Shape::touch>("touch")
        .def<&Shape::pair>("pair")
        .def<&Shape::make>("make")
        .def<&Shape::describe>("describe")
        .def_readonly<&Shape::sides>("sides")
        .def_readonly<&Shape::touched>("touched");
    m.def("area", [](const Shape& s) { return s.area(); });
    m.def("name", [](const Shape& s) { return s.name(); });
    m.def("name_detached", [](const Shape& s) { return s.name(); }, il::allow_threads);
    m.def("scaled", [](const Shape& s, double f) { return s.scaled(f); });
    m.def("touch", [](Shape& s) { s.touch(); });
    m.def("pair", [](const Shape& s) { return s.pair(); });
    m.def("make", [](const Shape& s) { return s.make(); });
    m.def("token", [](const Shape& s) { return s.token().value; });
    m.def("token_twice", [](const Shape& s) {
        const Token& first = s.token();
        const Token& second = s.token();
        return std::vector<int>{first.value, second.value};
    });
    m.def("find", [](Shape& s) { return s.find() == nullptr ? -1 : s.find()->value; });
    m.def("caught", [](const Shape& s) -> std::string {
        try {
            s.area();
        } catch (const il::python_error& error) {
            return error.what();
        }
        return "nothing";
    });
    m.def<&areas>("areas", il::allow_threads);
    m.def("keep", [](std::unique_ptr<Shape> s) { kept = std::move(s); });
    m.def("kept_name", [] { return kept->name(); });
    m.def("drop", [] { std::thread([] { kept.reset(); }).join(); }, il::allow_threads);
    m.def("drop_here", [] { kept.reset(); });
    m.def("ended", [] { return Shape::ended.load(); });

    il::class_<Reader, il::trampoline<PyReader<Reader>>>(m, "Reader")
        .def(il::init<>())
        .def<&Reader::read>("read");
    il::class_<Writer, il::trampoline<PyWriter<Writer>>>(m, "Writer")
        .def(il::init<>())
        .def<&Writer::write>("write");
    il::class_<Both, Reader, Writer, il::trampoline<PyReader<PyWriter<Both>>>>(m, "Both").def(
        il::init<>());
    m.def("read", [](const Reader& r) { return r.read(); });
    m.def("write", [](const Writer& w, int x) { return w.write(x); });
}
