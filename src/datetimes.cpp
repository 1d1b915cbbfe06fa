// date, time, datetime, timedelta and tzinfo, by the C API of Python's module datetime.
//
// CPython's header keeps that API in a variable of the process. Here each interpreter has its own: the capsule, which keeps it
// alive, hangs on the interpreter's record (invariant 8), is imported when it is first needed, and let go when the
// interpreter's dictionary is cleared.
#include "datetime_api.hpp"

#include <cstdarg>
#include <memory>
#include <new>

INTERLOCK_BEGIN
namespace detail {

#if INTERLOCK_LIMITED_API

struct datetime_store {
    PyDateTime_CAPI api{};
    ~datetime_store() {
        for (PyTypeObject* type :
             {api.DateType, api.DateTimeType, api.TimeType, api.DeltaType, api.TZInfoType}) {
            Py_XDECREF(reinterpret_cast<PyObject*>(type));
        }
        Py_XDECREF(api.TimeZone_UTC);
        Py_XDECREF(api.zone);
    }
    datetime_store() = default;
    datetime_store(const datetime_store&) = delete;
    datetime_store& operator=(const datetime_store&) = delete;
};

namespace {

void forget_datetimes(interpreter_record& interpreter) noexcept {
    delete interpreter.datetimes.exchange(nullptr, std::memory_order_acq_rel);
}

}  // namespace

PyObject* call_of_datetimes(PyObject* callable, PyObject* arguments, int fold) noexcept {
    PyObject* names =
        arguments == nullptr || fold == 0 ? nullptr : Py_BuildValue("{s:i}", "fold", fold);
    PyObject* made = arguments == nullptr || (fold != 0 && names == nullptr)
                         ? nullptr
                         : PyObject_Call(callable, arguments, names);
    Py_XDECREF(names);
    Py_XDECREF(arguments);
    return made;
}

int part_of_time(PyObject* of, const char* name) noexcept {
    const reference value(run_python([&] { return PyObject_GetAttrString(of, name); }));
    const long found = value.pointer == nullptr ? -1 : PyLong_AsLong(value.pointer);
    if (found == -1 && PyErr_Occurred() != nullptr) {
        PyErr_WriteUnraisable(of);
        return 0;
    }
    return static_cast<int>(found);
}

PyObject* zone_of_time(PyObject* of) noexcept {
    const reference zone(run_python([of] { return PyObject_GetAttrString(of, "tzinfo"); }));
    if (zone.pointer == nullptr) {
        PyErr_WriteUnraisable(of);
        return Py_None;
    }
    return zone.pointer;
}

namespace {

// Null with an error set where the module cannot be had.
PyDateTime_CAPI* import_api() {
    interpreter_record* record = record_here();
    if (record == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "interlock: the interpreter is at its end");
        return nullptr;
    }
    if (datetime_store* store = record->datetimes.load(std::memory_order_acquire)) {
        return &store->api;
    }
    const reference module(run([] { return PyImport_ImportModule("datetime"); }));
    auto made = std::make_unique<datetime_store>();
    const auto take = [&](const char* name) -> PyObject* {
        return module.pointer == nullptr || PyErr_Occurred() != nullptr
                   ? nullptr
                   : run([&] { return PyObject_GetAttrString(module.pointer, name); });
    };
    PyDateTime_CAPI& api = made->api;
    api.DateType = reinterpret_cast<PyTypeObject*>(take("date"));
    api.DateTimeType = reinterpret_cast<PyTypeObject*>(take("datetime"));
    api.TimeType = reinterpret_cast<PyTypeObject*>(take("time"));
    api.DeltaType = reinterpret_cast<PyTypeObject*>(take("timedelta"));
    api.TZInfoType = reinterpret_cast<PyTypeObject*>(take("tzinfo"));
    api.zone = take("timezone");
    api.TimeZone_UTC = api.zone == nullptr
                           ? nullptr
                           : run([&] { return PyObject_GetAttrString(api.zone, "utc"); });
    if (api.TimeZone_UTC == nullptr) {
        return nullptr;
    }
    give_back_by(kept_part::datetimes, &forget_datetimes);
    datetime_store* winner = nullptr;
    if (record->datetimes.compare_exchange_strong(winner, made.get(), std::memory_order_acq_rel,
                                                  std::memory_order_acquire)) {
        winner = made.release();
    }
    return &winner->api;
}

#else

struct datetime_store {
    PyObject* capsule;
    PyDateTime_CAPI* api;
};

namespace {

void forget_datetimes(interpreter_record& interpreter) noexcept {
    const std::unique_ptr<datetime_store> store(
        interpreter.datetimes.exchange(nullptr, std::memory_order_acq_rel));
    if (store != nullptr) {
        Py_DECREF(store->capsule);
    }
}

// Null with an error set where the module cannot be had.
PyDateTime_CAPI* import_api() {
    interpreter_record* record = record_here();
    if (record != nullptr) {
        if (const datetime_store* store = record->datetimes.load(std::memory_order_acquire)) {
            return store->api;
        }
    }
    PyObject* module = run([] { return PyImport_ImportModule("datetime"); });
    if (module == nullptr) {
        return nullptr;
    }
    const object held(adopt_t{}, module);
    const object capsule(adopt_t{},
                         run([&] { return PyObject_GetAttrString(module, "datetime_CAPI"); }));
    if (capsule.ptr() == nullptr) {
        return nullptr;
    }
    auto* api =
        static_cast<PyDateTime_CAPI*>(PyCapsule_GetPointer(capsule.ptr(), PyDateTime_CAPSULE_NAME));
    if (api == nullptr || record == nullptr) {
        return api;  // unkept, the module has it
    }
    std::unique_ptr<datetime_store> made(new (std::nothrow) datetime_store{capsule.ptr(), api});
    give_back_by(kept_part::datetimes, &forget_datetimes);
    datetime_store* winner = nullptr;
    if (made != nullptr &&
        record->datetimes.compare_exchange_strong(winner, made.get(), std::memory_order_acq_rel,
                                                  std::memory_order_acquire)) {
        Py_INCREF(made.release()->capsule);
    }
    return api;
}

#endif

const PyDateTime_CAPI& api_here(const char* operation) {
    require_attached(operation);
    PyDateTime_CAPI* api = import_api();
    if (api == nullptr) {
        throw_python_error();
    }
    return *api;
}

template <class T>
T made(PyObject* result) {
    return T(adopt_t{}, check_new(result));
}

// The calls of Python's classes and their methods, for what the C API leaves to them.
object class_of(PyTypeObject* type) {
    return object(adopt_t{}, Py_NewRef(reinterpret_cast<PyObject*>(type)));
}

template <class T>
std::optional<T> zone_of(PyObject* zone) {
    return zone == Py_None ? std::nullopt
                           : std::optional<T>(std::in_place, adopt_t{}, Py_NewRef(zone));
}

PyObject* checked(PyObject* self, const char* operation) {
    check_operand(self, operation);
    return self;
}

}  // namespace

PyDateTime_CAPI* datetime_api() noexcept { return import_api(); }

bool is_datetime_kind(PyObject* object, datetime_kind kind) noexcept {
    const keep_error kept;
    const PyDateTime_CAPI* api = import_api();
    if (api == nullptr) {
        PyErr_Clear();
        return false;
    }
    switch (kind) {
        case datetime_kind::date:
            return PyObject_TypeCheck(object, api->DateType) != 0;
        case datetime_kind::datetime:
            return PyObject_TypeCheck(object, api->DateTimeType) != 0;
        case datetime_kind::time:
            return PyObject_TypeCheck(object, api->TimeType) != 0;
        case datetime_kind::timedelta:
            return PyObject_TypeCheck(object, api->DeltaType) != 0;
        case datetime_kind::tzinfo:
            break;
    }
    return PyObject_TypeCheck(object, api->TZInfoType) != 0;
}

}  // namespace detail

#if INTERLOCK_LIMITED_API
PyObject* PyDateTime_CAPI::make(PyTypeObject* type, int fold, const char* format, ...) noexcept {
    std::va_list values;
    va_start(values, format);
    PyObject* arguments = Py_VaBuildValue(format, values);
    va_end(values);
    return detail::call_of_datetimes(reinterpret_cast<PyObject*>(type), arguments, fold);
}
#endif

// ---- timedelta

timedelta timedelta::of(python, int days, int seconds, int microseconds) {
    const PyDateTime_CAPI& api = detail::api_here("il::timedelta::of");
    return detail::made<timedelta>(
        api.Delta_FromDelta(days, seconds, microseconds, 1, api.DeltaType));
}

timedelta timedelta::of_microseconds(python, std::int64_t microseconds) {
    const PyDateTime_CAPI& api = detail::api_here("il::timedelta::of_microseconds");
    constexpr std::int64_t second = 1'000'000;
    constexpr std::int64_t day = 86'400 * second;
    std::int64_t days = microseconds / day;
    std::int64_t rest = microseconds % day;
    if (rest < 0) {
        rest += day;
        days -= 1;
    }
    return detail::made<timedelta>(
        api.Delta_FromDelta(static_cast<int>(days), static_cast<int>(rest / second),
                            static_cast<int>(rest % second), 0, api.DeltaType));
}

int timedelta::days() const {
    return PyDateTime_DELTA_GET_DAYS(detail::checked(pointer_, "il::timedelta::days"));
}
int timedelta::seconds() const {
    return PyDateTime_DELTA_GET_SECONDS(detail::checked(pointer_, "il::timedelta::seconds"));
}
int timedelta::microseconds() const {
    return PyDateTime_DELTA_GET_MICROSECONDS(
        detail::checked(pointer_, "il::timedelta::microseconds"));
}

std::int64_t timedelta::total_microseconds() const {
    constexpr std::int64_t day = std::int64_t{86'400} * 1'000'000;
    constexpr std::int64_t most = INT64_MAX / day - 1;
    const std::int64_t whole = days();
    if (whole > most || whole < -most) {
        throw std::overflow_error(
            "interlock: il::timedelta::total_microseconds: more than 64 bits hold");
    }
    return whole * day + std::int64_t{seconds()} * 1'000'000 + microseconds();
}

// ---- tzinfo

tzinfo tzinfo::utc(python) {
    const PyDateTime_CAPI& api = detail::api_here("il::tzinfo::utc");
    return detail::made<tzinfo>(Py_NewRef(api.TimeZone_UTC));
}

tzinfo tzinfo::of(python, const timedelta& offset) {
    constexpr const char* operation = "il::tzinfo::of";
    const PyDateTime_CAPI& api = detail::api_here(operation);
    detail::check_handle(offset.ptr(), operation);
    return detail::made<tzinfo>(api.TimeZone_FromTimeZone(offset.ptr(), nullptr));
}

tzinfo tzinfo::of(python, const timedelta& offset, std::string_view name) {
    constexpr const char* operation = "il::tzinfo::of";
    const PyDateTime_CAPI& api = detail::api_here(operation);
    detail::check_handle(offset.ptr(), operation);
    const object text(detail::adopt_t{}, detail::text_to_python(name));
    return detail::made<tzinfo>(api.TimeZone_FromTimeZone(offset.ptr(), text.ptr()));
}

// ---- date

date date::of(python, int year, int month, int day) {
    const PyDateTime_CAPI& api = detail::api_here("il::date::of");
    return detail::made<date>(api.Date_FromDate(year, month, day, api.DateType));
}

date date::today(python) {
    const PyDateTime_CAPI& api = detail::api_here("il::date::today");
    return detail::class_of(api.DateType).call_method("today").as<date>();
}

int date::year() const { return PyDateTime_GET_YEAR(detail::checked(pointer_, "il::date::year")); }
int date::month() const {
    return PyDateTime_GET_MONTH(detail::checked(pointer_, "il::date::month"));
}
int date::day() const { return PyDateTime_GET_DAY(detail::checked(pointer_, "il::date::day")); }

// ---- time

time time::of(python, int hour, int minute, int second, int microsecond) {
    const PyDateTime_CAPI& api = detail::api_here("il::time::of");
    return detail::made<time>(
        api.Time_FromTime(hour, minute, second, microsecond, Py_None, api.TimeType));
}

time time::of(python, int hour, int minute, int second, int microsecond, const class tzinfo& zone,
              int fold) {
    const PyDateTime_CAPI& api = detail::api_here("il::time::of");
    detail::check_handle(zone.ptr(), "il::time::of");
    return detail::made<time>(api.Time_FromTimeAndFold(hour, minute, second, microsecond,
                                                       zone.ptr(), fold, api.TimeType));
}

int time::hour() const {
    return PyDateTime_TIME_GET_HOUR(detail::checked(pointer_, "il::time::hour"));
}
int time::minute() const {
    return PyDateTime_TIME_GET_MINUTE(detail::checked(pointer_, "il::time::minute"));
}
int time::second() const {
    return PyDateTime_TIME_GET_SECOND(detail::checked(pointer_, "il::time::second"));
}
int time::microsecond() const {
    return PyDateTime_TIME_GET_MICROSECOND(detail::checked(pointer_, "il::time::microsecond"));
}
int time::fold() const {
    return PyDateTime_TIME_GET_FOLD(detail::checked(pointer_, "il::time::fold"));
}
std::optional<class tzinfo> time::tzinfo() const {
    return detail::zone_of<class tzinfo>(
        PyDateTime_TIME_GET_TZINFO(detail::checked(pointer_, "il::time::tzinfo")));
}

// ---- datetime

datetime datetime::of(python, int year, int month, int day, int hour, int minute, int second,
                      int microsecond) {
    const PyDateTime_CAPI& api = detail::api_here("il::datetime::of");
    return detail::made<datetime>(api.DateTime_FromDateAndTime(
        year, month, day, hour, minute, second, microsecond, Py_None, api.DateTimeType));
}

datetime datetime::of(python, int year, int month, int day, int hour, int minute, int second,
                      int microsecond, const class tzinfo& zone, int fold) {
    const PyDateTime_CAPI& api = detail::api_here("il::datetime::of");
    detail::check_handle(zone.ptr(), "il::datetime::of");
    return detail::made<datetime>(api.DateTime_FromDateAndTimeAndFold(
        year, month, day, hour, minute, second, microsecond, zone.ptr(), fold, api.DateTimeType));
}

datetime datetime::now(python) {
    const PyDateTime_CAPI& api = detail::api_here("il::datetime::now");
    return detail::class_of(api.DateTimeType).call_method("now").as<datetime>();
}

datetime datetime::now(python, const class tzinfo& zone) {
    const PyDateTime_CAPI& api = detail::api_here("il::datetime::now");
    return detail::class_of(api.DateTimeType).call_method("now", zone).as<datetime>();
}

datetime datetime::from_timestamp(python, double seconds) {
    const PyDateTime_CAPI& api = detail::api_here("il::datetime::from_timestamp");
    return detail::class_of(api.DateTimeType).call_method("fromtimestamp", seconds).as<datetime>();
}

datetime datetime::from_timestamp(python, double seconds, const class tzinfo& zone) {
    const PyDateTime_CAPI& api = detail::api_here("il::datetime::from_timestamp");
    return detail::class_of(api.DateTimeType)
        .call_method("fromtimestamp", seconds, zone)
        .as<datetime>();
}

int datetime::hour() const {
    return PyDateTime_DATE_GET_HOUR(detail::checked(pointer_, "il::datetime::hour"));
}
int datetime::minute() const {
    return PyDateTime_DATE_GET_MINUTE(detail::checked(pointer_, "il::datetime::minute"));
}
int datetime::second() const {
    return PyDateTime_DATE_GET_SECOND(detail::checked(pointer_, "il::datetime::second"));
}
int datetime::microsecond() const {
    return PyDateTime_DATE_GET_MICROSECOND(detail::checked(pointer_, "il::datetime::microsecond"));
}
int datetime::fold() const {
    return PyDateTime_DATE_GET_FOLD(detail::checked(pointer_, "il::datetime::fold"));
}
std::optional<class tzinfo> datetime::tzinfo() const {
    return detail::zone_of<class tzinfo>(
        PyDateTime_DATE_GET_TZINFO(detail::checked(pointer_, "il::datetime::tzinfo")));
}
double datetime::timestamp() const {
    detail::require_attached("il::datetime::timestamp");
    return call_method("timestamp").as<double>();
}

INTERLOCK_END
