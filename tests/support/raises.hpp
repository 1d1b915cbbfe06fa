// What a piece of code throws, as text: "ValueError: no" for a Python exception.
#pragma once

#include <interlock/interlock.hpp>

#include <exception>
#include <string>

namespace raises {

namespace il = interlock;

template <class F>
std::string text_of(F f) {
    try {
        static_cast<void>(f());
    } catch (const il::python_error& error) {
        return error.what();
    } catch (const std::exception& error) {
        return std::string("C++: ") + error.what();
    }
    return "nothing was thrown";
}

// Whether f throws a Python exception of that class, and leaves no error set.
template <class F>
bool python(const char* name, F f) {
    const std::string text = text_of(f);
    return text.substr(0, text.find(':')) == name && PyErr_Occurred() == nullptr;
}

// sys.getrefcount, without the reference that the argument is.
inline long references(const il::object& value) {
    return value.py().import("sys").attr("getrefcount")(value).as<long>() - 1;
}

}  // namespace raises
