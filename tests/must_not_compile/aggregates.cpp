// Aggregates that cannot be a named tuple or a dataclass as they are registered, and what else of bindings is refused.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

#include <initializer_list>
#include <string>
#include <vector>

namespace il = interlock;

struct pair { int first; int second; };
struct fixed { const int first; int second; };
struct closed { closed(int); int first = 0; int second = 0; };
void note(il::list);

// case: name_without_module
// expect: the name of a named tuple or dataclass begins with its module: "geometry.Point"
template <> struct il::converter<pair> : il::named_tuple<"Pair", il::members_of<pair>> {};           // bad
template <> struct il::converter<pair> : il::named_tuple<"geometry.Pair", il::members_of<pair>> {};  // good
void f(il::python py, const pair& p) { py.make(p); }

// case: named_tuple_that_is_frozen
// expect: il::frozen and il::kw_only are for il::dataclass
template <> struct il::converter<pair> : il::named_tuple<"m.Pair", il::members_of<pair>, il::frozen> {};  // bad
template <> struct il::converter<pair> : il::dataclass<"m.Pair", il::members_of<pair>, il::frozen> {};    // good
void f(il::python py, const pair& p) { py.make(p); }

// case: another_number_of_names
// expect: has another number of names than T has members
// errors: 3
// differs: 2
template <> struct il::converter<pair> : il::named_tuple<"m.Pair", il::members_of<pair, "first">> {};            // bad
template <> struct il::converter<pair> : il::named_tuple<"m.Pair", il::members_of<pair, "first", "second">> {};  // good
void f(il::python py, const pair& p) { py.make(p); }

// case: const_member_that_is_listed
// expect: its members are assigned to: it has no such constructor, or a member is const
template <> struct il::converter<fixed> : il::named_tuple<"m.Pair", il::field<"first", &fixed::first>> {};  // bad
template <> struct il::converter<fixed> : il::named_tuple<"m.Pair", il::members_of<fixed>> {};              // good
// differs: 7
void f(il::python py, const fixed& p) { py.make(p); }

// case: members_of_what_is_no_aggregate
// expect: il::members_of<T> is for aggregates
// errors: 4
using whole = closed;  // bad
using whole = pair;    // good
template <> struct il::converter<whole> : il::named_tuple<"m.Pair", il::members_of<whole>> {};
void f(il::python py, const whole& p) { py.make(p); }

// case: class_of_what_is_not_registered
// expect: il::class_of<T> is for aggregates that are registered with
// errors: 3
template <> struct il::converter<pair> : il::named_tuple<"m.Pair", il::members_of<pair>> {};
void f(il::python py) { il::class_of<std::string>(py); }  // bad
void f(il::python py) { il::class_of<pair>(py); }         // good

// case: kw_only_without_names
// expect: il::kw_only and il::pos_only stand between parameters that are named, and here none is
// differs: 9
void count(int);
void f(il::module& m) { m.def<&count>("count", il::kw_only); }                  // bad
void f(il::module& m) { m.def<&count>("count", il::kw_only, il::arg("number")); }  // good

// case: container_that_cannot_grow
// expect: this container goes to Python, but cannot be made from what Python gives: it has no push_back
// errors: 2
template <class T> void count(T);
void f(il::module& m) { m.def<&count<std::initializer_list<int>>>("count"); }  // bad
void f(il::module& m) { m.def<&count<std::vector<int>>>("count"); }            // good
// differs: 2
