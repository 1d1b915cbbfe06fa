// il::enum_: a C++ enumeration as a class of Python's own module enum.
//
//     il::enum_<Color>(m, "Color").value("red", Color::red).value("green", Color::green, "As grass.");
//
// The class is made when it is first needed, at the latest when the module's body ends; a value after that throws
// std::logic_error. It is a real enum.Enum: it iterates, compares by identity, pickles by name.
#pragma once

#include <interlock/bind/class_scope.hpp>
#include <interlock/bind/module.hpp>
#include <interlock/convert/enumerations.hpp>

INTERLOCK_BEGIN

// Which class of enum it derives from.
enum class enum_kind : unsigned char { plain, integer, flag, integer_flag };
struct enum_kind_option {
    enum_kind kind;
};
// enum.Enum, enum.IntEnum (members are ints, and ints are taken), enum.Flag (members combine), enum.IntFlag (both).
inline constexpr enum_kind_option plain_enum{enum_kind::plain};
inline constexpr enum_kind_option int_enum{enum_kind::integer};
inline constexpr enum_kind_option flag{enum_kind::flag};
inline constexpr enum_kind_option int_flag{enum_kind::integer_flag};

namespace detail {

class enum_building;
counted<enum_building> begin_enum(const class_scope& scope, const char* name, class_site& site,
                                  std::atomic<const enum_members*>& members, bool is_signed);
void set_enum_kind(enum_building& of, enum_kind kind);
void set_enum_doc(enum_building& of, const char* doc);
void add_enum_value(enum_building& of, const char* name, long long value, const char* doc);
void export_enum_values(enum_building& of);
PyObject* type_of_enum(enum_building& of);
void end_of_enum_handle(enum_building& of, bool cut_short);

}  // namespace detail

template <class E>
class enum_ {
    static_assert(std::is_enum_v<E>, "interlock: il::enum_ binds an enumeration");
    static_assert(detail::categorize<E>() == detail::category::enumeration,
                  "interlock: this enumeration converts by itself (std::byte, or by an "
                  "il::converter) and is not bound");

public:
    // scope: a module, or the class that it is nested in, an il::class_ or a type. Options: il::int_enum, il::flag, il::int_flag,
    // a docstring. Needs an attached thread. Throws python_error.
    template <class... Options>
    enum_(const detail::class_scope& scope, const char* name, Options&&... options)
        : building_(detail::begin_enum(scope, name, detail::site_of<E>, detail::members_of<E>,
                                       std::is_signed_v<std::underlying_type_t<E>>)) {
        (tell(options), ...);
    }
    enum_(enum_&&) noexcept = default;
    enum_(const enum_&) = delete;
    enum_& operator=(const enum_&) = delete;
    enum_& operator=(enum_&&) = delete;
    ~enum_() noexcept(false) {
        if (building_ != nullptr) {
            detail::end_of_enum_handle(*building_, std::uncaught_exceptions() != uncaught_);
        }
    }

    // A member. Two names of one value are aliases, as in Python.
    enum_& value(const char* name, E value, const char* doc = nullptr) {
        detail::add_enum_value(
            *building_, name, static_cast<long long>(static_cast<std::underlying_type_t<E>>(value)),
            doc);
        return *this;
    }
    // The members are names of the scope too.
    enum_& export_values() {
        detail::export_enum_values(*building_);
        return *this;
    }
    // The class, made now if it was not yet.
    type type_object() const {
        return type(detail::adopt_t{}, Py_NewRef(detail::type_of_enum(*building_)));
    }
    operator type() const { return type_object(); }

private:
    void tell(enum_kind_option option) { detail::set_enum_kind(*building_, option.kind); }
    void tell(const char* doc) { detail::set_enum_doc(*building_, doc); }

    detail::counted<detail::enum_building> building_;
    int uncaught_ = std::uncaught_exceptions();
};

INTERLOCK_END
