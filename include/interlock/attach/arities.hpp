// One overload for each number of arguments, for functions whose last parameter is the place of the call.
//
// A std::source_location must come last, as a default argument, and nothing is deduced that stands before it in a parameter
// pack; so a door is written once as a macro of the number and made for none to twelve arguments. With more the location is
// not known, which the doors then say (a macro, because the language has nothing for it).
#pragma once

#define INTERLOCK_TYPE_PARAMETER(n) , class Arg##n
#define INTERLOCK_PARAMETER(n) , Arg##n&& arg##n
#define INTERLOCK_ARGUMENT(n) , std::forward<Arg##n>(arg##n)

#define INTERLOCK_UP_TO_0(x)
#define INTERLOCK_UP_TO_1(x) INTERLOCK_UP_TO_0(x) x(1)
#define INTERLOCK_UP_TO_2(x) INTERLOCK_UP_TO_1(x) x(2)
#define INTERLOCK_UP_TO_3(x) INTERLOCK_UP_TO_2(x) x(3)
#define INTERLOCK_UP_TO_4(x) INTERLOCK_UP_TO_3(x) x(4)
#define INTERLOCK_UP_TO_5(x) INTERLOCK_UP_TO_4(x) x(5)
#define INTERLOCK_UP_TO_6(x) INTERLOCK_UP_TO_5(x) x(6)
#define INTERLOCK_UP_TO_7(x) INTERLOCK_UP_TO_6(x) x(7)
#define INTERLOCK_UP_TO_8(x) INTERLOCK_UP_TO_7(x) x(8)
#define INTERLOCK_UP_TO_9(x) INTERLOCK_UP_TO_8(x) x(9)
#define INTERLOCK_UP_TO_10(x) INTERLOCK_UP_TO_9(x) x(10)
#define INTERLOCK_UP_TO_11(x) INTERLOCK_UP_TO_10(x) x(11)
#define INTERLOCK_UP_TO_12(x) INTERLOCK_UP_TO_11(x) x(12)

// Each begins with a comma or is nothing: it stands behind the callable's own type parameter, parameter or argument.
#define INTERLOCK_TYPE_PARAMETERS(n) INTERLOCK_UP_TO_##n(INTERLOCK_TYPE_PARAMETER)
#define INTERLOCK_PARAMETERS(n) INTERLOCK_UP_TO_##n(INTERLOCK_PARAMETER)
#define INTERLOCK_ARGUMENTS(n) INTERLOCK_UP_TO_##n(INTERLOCK_ARGUMENT)

#define INTERLOCK_FOR_EACH_ARITY(door)                                                       \
    door(0) door(1) door(2) door(3) door(4) door(5) door(6) door(7) door(8) door(9) door(10) \
        door(11) door(12)
