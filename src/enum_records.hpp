// Bound enumerations, inside the core. Internal.
#pragma once

#include "class_records.hpp"

#include <interlock/bind/enum.hpp>

INTERLOCK_BEGIN
namespace detail {

struct enum_value {
    std::string name;
    long long value;
    std::string doc;
};

class enum_building {
public:
    class_site* site = nullptr;
    std::atomic<const enum_members*>* members = nullptr;
    std::string name;
    std::string shown;
    std::string doc;
    PyObject* scope = nullptr;  // owned; null where it is nested in `outer`
    counted<class_building> outer;
    PyObject* module = nullptr;  // owned
    std::uint64_t body = 0;
    const std::thread::id thread = std::this_thread::get_id();  // which describes it
    enum_kind kind = enum_kind::plain;
    bool is_signed = true;
    bool exports = false;
    std::vector<enum_value> values;
    PyObject* type = nullptr;  // owned; once it is made

    enum_building() = default;
    ~enum_building();
    enum_building(const enum_building&) = delete;
    enum_building& operator=(const enum_building&) = delete;

    // Whether it is the site's enumeration, and this thread describes it.
    bool is_described_here(const class_site& of) const noexcept {
        return site == &of && thread == std::this_thread::get_id();
    }
};

void make_enum(class_store& store, enum_building& of);

}  // namespace detail
INTERLOCK_END
