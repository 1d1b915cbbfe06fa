// The harness itself: cases that need nothing of interlock.
#include <memory>
#include <vector>

template <class T>
void takes_small(T) {
    static_assert(sizeof(T) <= 8, "takes_small: the argument is too big");
}

// case: copied
// expect: deleted
// expect[gcc]: use of deleted function
void f(std::unique_ptr<int> a) {
    std::unique_ptr<int> b = a;   // bad
    std::unique_ptr<int>& b = a;  // good
}

// case: too_big
// expect: takes_small: the argument is too big
// errors: 1
struct big {
    char bytes[16];
};
void f() {
    takes_small(big{});  // bad
    takes_small(int{});  // good
}
