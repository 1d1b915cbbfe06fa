// The C++ library that all extensions of these tests use: each compiles it for itself, as extensions built apart do.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace shapes {

struct AppError : std::runtime_error {
    AppError(const std::string& text, int number) : std::runtime_error(text), code(number) {}
    int code;
};
// Its memory is viewed; and what it is a part of.
struct Samples {
    std::vector<double> values = std::vector<double>(100, 1.0);
};
struct Recorder {
    Samples samples;
};

struct NetError : AppError {
    using AppError::AppError;
};

struct Point {
    int x = 0;
    int y = 0;
};

struct Base {
    Base() = default;
    Base(const Base&) = default;
    Base& operator=(const Base&) = default;
    virtual ~Base() = default;
    virtual int area() const { return 1; }
    int tag = 7;
};

// Base is no longer where the object begins.
struct Mixin {
    virtual ~Mixin() = default;
    int mixin = 5;
};
struct Square : Mixin, Base {
    explicit Square(int s) : side(s) {}
    int area() const override { return side * side; }
    int side;
};
struct Left : virtual Base {
    int left = 1;
};
struct Right : virtual Base {
    int right = 2;
};
struct Both : Left, Right {
    int area() const override { return 12; }
};

// Bound by the user, over a class of the provider's.
struct Cube : Mixin, Base {
    explicit Cube(int s) : side(s) {}
    int area() const override { return 6 * side * side; }
    int side;
};
struct alignas(16) Wide : Base {
    explicit Wide(int s) : side(s) {}
    int area() const override { return side; }
    int side;
};

// Two without a place of their own in a Python object.
struct Polygon {
    virtual ~Polygon() = default;
    int sides = 3;
};
struct Hexagon : Polygon {
    Hexagon() { sides = 6; }
};
struct Other {
    int value = 1;
};

struct Node {
    explicit Node(std::string n) : name(std::move(n)) {}
    virtual ~Node() = default;
    std::string name;
    std::shared_ptr<Node> next;
};
struct Leaf : Node {
    explicit Leaf(std::string n, int v) : Node(std::move(n)), value(v) {}
    int value;
};

// Counts its objects where it is told to.
struct Handle {
    explicit Handle(int v) : value(v) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (ends != nullptr) {
            ++*ends;
        }
    }
    int value;
    int* ends = nullptr;
};

struct Animal {
    Animal() = default;
    Animal(const Animal&) = default;
    Animal& operator=(const Animal&) = default;
    virtual ~Animal() = default;
    virtual std::string sound() const = 0;
    virtual int legs() const { return 4; }
};
struct Dog : Animal {
    std::string sound() const override { return "woof"; }
};

struct Constant {
    explicit Constant(int v) : value(v) {}
    int value;
#if defined(SHAPES_OF_ANOTHER_VERSION)
    double more = 0;
#endif
};

struct Bound {
    int value = 3;
};

// Held by a pointer of the library's own.
template <class T>
class Ref {
public:
    using element_type = T;
    Ref() = default;
    explicit Ref(T* made) : pointer_(made) {}
    T* get() const { return pointer_.get(); }
    T& operator*() const { return *pointer_; }
    T* operator->() const { return pointer_.get(); }
    explicit operator bool() const { return pointer_ != nullptr; }
    long count() const { return pointer_.use_count(); }

private:
    std::shared_ptr<T> pointer_;
};
struct Counted {
    explicit Counted(int v) : value(v) {}
    int value;
};

// Not bound by the provider.
struct Unbound {
    int value = 0;
};

// Bound by more than one extension.
struct Local {
    int value = 0;
};
struct Twice {
    int value = 0;
#if defined(SHAPES_OF_ANOTHER_VERSION)
    double more = 0;
#endif
};

}  // namespace shapes
