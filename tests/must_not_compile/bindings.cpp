// m.def and il::class_: names of parameters, policies, and types that have to say what they are.
// clang-format off: the two forms of a line stand one above the other
#include <interlock/interlock.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace il = interlock;

struct part { int value; };
struct unrelated { int value; int get() const; };
struct base { int get() const; };
struct derived : base { int own; };
struct container {
    using value_type = int;
    void push_back(int value);
    std::size_t size() const;
    const int* begin() const;
    const int* end() const;
};

// case: parameter_that_does_not_enter_under_the_policy
// expect: allow_threads
void bind(il::module& m) {
    m.def("f", [](il::list) {}, il::allow_threads);         // bad
    m.def("f", [](std::string_view) {}, il::allow_threads); // good
}

// case: token_under_the_policy
// expect: allow_threads
void bind(il::module& m) {
    m.def("f", [](il::python) {}, il::allow_threads);  // bad
    m.def("f", [](int) {}, il::allow_threads);         // good
}

// case: vector_of_objects_under_the_policy
// expect: allow_threads
void bind(il::module& m) {
    m.def("f", [](std::vector<il::object>) {}, il::allow_threads);  // bad
    m.def("f", [](std::vector<int>) {}, il::allow_threads);         // good
}

// case: result_that_does_not_come_out_under_the_policy
// expect: allow_threads
il::object make_object(int);
int make_number(int);
void bind(il::module& m) {
    m.def<&make_object>("f", il::allow_threads);  // bad
    m.def<&make_number>("f", il::allow_threads);  // good
}

// case: several_callables_have_no_options
// expect: take a docstring and nothing else
// differs: 6
int number(int);
int name(std::string_view);
void bind(il::module& m) {
    m.def<&number, &name>("f", "What it does.", il::arg("x"));  // bad
    m.def<&number, &name>("f", "What it does.");                // good
}

// case: several_methods_have_no_options
// expect: take a docstring and nothing else
// differs: 6
struct values {
    int number(int);
    int name(std::string_view) const;
};
void bind(il::class_<values>& c) {
    c.def<&values::number, &values::name>("f", il::arg("x"));  // bad
    c.def<&values::number, &values::name>("f");                // good
}

// case: some_parameters_are_named
// expect: some parameters are named with il::arg and some are not
void two(int, int);
void one(int);
void bind(il::module& m) {
    m.def<&two>("f", il::arg("a"));  // bad
    m.def<&one>("f", il::arg("a"));  // good
}

// case: the_token_behind_another_parameter
// expect: il::python can only be the first parameter of a bound function
void last(int, il::python);
void first(il::python, int);
void bind(il::module& m) {
    m.def<&last>("f");   // bad
    m.def<&first>("f");  // good
}

// case: a_parameter_without_a_name_behind_the_rest
// expect: a parameter behind il::args or il::args_of<T> is given by name alone, and has no name
void behind(il::args, int);
void before(int, il::args);
void bind(il::module& m) {
    m.def<&behind>("f");  // bad
    m.def<&before>("f");  // good
}

// case: by_position_alone_behind_the_rest
// expect: il::pos_only stands behind a parameter that Python gives by name alone
void behind_the_rest(int, il::args, int);
void bind(il::module& m) {
    m.def<&behind_the_rest>("f", il::arg("a"), il::arg("b"), il::pos_only);  // bad
    m.def<&behind_the_rest>("f", il::arg("a"), il::arg("b"), il::kw_only);   // good
}

// case: two_parameters_for_the_rest
// expect: a function has one parameter for \*args: either il::args or one il::args_of<T>
void two(il::args, il::args_of<int>);
void one(int, il::args_of<int>);
void bind(il::module& m) {
    m.def<&two>("f");  // bad
    m.def<&one>("f");  // good
}

// case: the_rest_as_objects_without_the_interpreter
// expect: a parameter of a function bound with il::allow_threads is, holds or views a Python object
void objects(il::args_of<il::object>);
void numbers(il::args_of<int>);
void bind(il::module& m) {
    m.def<&objects>("f", il::allow_threads);  // bad
    m.def<&numbers>("f", il::allow_threads);  // good
}

// case: the_rest_as_pointers_to_a_bound_class
// expect: T is an object of a bound class, a pointer to one, or a view of items that are converted
struct bound_thing {
    int x;
};
void pointers(il::args_of<const bound_thing*>);
void handles(il::args_of<il::instance<bound_thing>>);
void bind(il::module& m) {
    il::class_<bound_thing>(m, "Thing");
    m.def<&pointers>("f");  // bad
    m.def<&handles>("f");   // good
}

// case: container_of_spans_of_converted_items
// expect: a std::span of items that are converted, inside of a container, would view what ends before the call
void spans(std::vector<std::span<const std::string>>);
void vectors(std::vector<std::vector<std::string>>);
void bind(il::module& m) {
    m.def<&spans>("f");    // bad
    m.def<&vectors>("f");  // good
}

// case: the_rest_of_what_is_const
// expect: write il::args_of<int>, without const
void constant(il::args_of<const int>);  // bad
void constant(il::args_of<int>);        // good
void bind(il::module& m) { m.def<&constant>("f"); }

// case: no_default_behind_a_default
// expect: a parameter without a default follows one that has a default
void two(int, int);
void bind(il::module& m) {
    m.def<&two>("f", il::arg("a") = 1, il::arg("b"));                 // bad
    m.def<&two>("f", il::arg("a") = 1, il::kw_only, il::arg("b"));    // good
}
// differs: 4

// case: text_with_a_null_default
// expect: the default of a text is nullptr, which is none
void bind(il::module& m) {
    m.def("f", [](std::string) {}, il::arg("s") = nullptr);  // bad
    m.def("f", [](std::string) {}, il::arg("s") = "");       // good
}

// case: container_bound_as_a_class
// expect: template <> inline constexpr bool il::enable_class<T> = true
template <class T>
void bind(il::module& m) { il::class_<T>(m, "C"); }
void all(il::module& m) {
    bind<container>(m);  // bad
    bind<part>(m);       // good
}

// case: raw_pointer_without_a_policy
// expect: nothing says whose the object is
part* get();
void bind(il::module& m) {
    m.def<&get>("get");              // bad
    m.def<&get>("get", il::take);    // good
}
// differs: 2

// case: reference_to_a_shared_pointer
// expect: a parameter is a non-const reference to a smart pointer, which is made for the call
void assign(std::shared_ptr<derived>&);
void read(const std::shared_ptr<derived>&);
void bind(il::module& m) {
    m.def<&assign>("f");  // bad
    m.def<&read>("f");    // good
}

// case: reference_to_a_unique_pointer
// expect: a parameter is a non-const reference to a smart pointer, which is made for the call
void assign(std::unique_ptr<derived>&);
void take(std::unique_ptr<derived>);
void bind(il::module& m) {
    m.def<&assign>("f");  // bad
    m.def<&take>("f");    // good
}

// case: operator_that_the_class_does_not_have
// expect: an operator of il::self is bound that C\+\+ does not have
struct with_plus {
    with_plus operator+(const with_plus&) const;
    with_plus& operator+=(int);
    with_plus operator-() const;
};
void bind(il::class_<with_plus>& c) {
    c.def(il::self - il::self);  // bad
    c.def(il::self + il::self);  // good
}

// case: operator_in_place_with_another_operand
// expect: an operator of il::self is bound that C\+\+ does not have
struct grows {
    grows& operator+=(int);
};
void bind(il::class_<grows>& c) {
    c.def(il::self += il::self);  // bad
    c.def(il::self += int());     // good
}
// differs: 6

// case: member_of_another_class
// expect: a member of another class is bound as a method
void bind(il::class_<derived>& c) {
    c.def<&unrelated::get>("get");  // bad
    c.def<&base::get>("get");       // good
}

// case: member_of_another_class_as_an_argument
// expect: a member of another class is bound as a method
void bind(il::class_<derived>& c) {
    c.def("get", &unrelated::get);  // bad
    c.def("get", &base::get);       // good
}

// case: data_member_as_an_argument
// expect: the member is a template argument: .def_readwrite<&T::x>
void bind(il::class_<derived>& c) {
    c.def_readwrite("own", &derived::own);   // bad
    c.def_readwrite<&derived::own>("own");   // good
}
// differs: 8

// case: read_only_data_member_as_an_argument
// expect: the member is a template argument: .def_readonly<&T::x>
void bind(il::class_<derived>& c) {
    c.def_readonly("own", &derived::own);   // bad
    c.def_readonly<&derived::own>("own");   // good
}
// differs: 8

// case: generic_lambda
// expect: A generic lambda, \[\]\(auto x\), has none: write the types
// errors: 3
void bind(il::module& m) {
    m.def("f", [](auto) {});  // bad
    m.def("f", [](int) {});   // good
}
