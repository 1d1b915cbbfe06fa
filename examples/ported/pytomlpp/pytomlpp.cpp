// pytomlpp: TOML by toml++. The functions of the project of that name (https://github.com/bobfang1992/pytomlpp), bound anew.

#include <interlock/interlock.hpp>

#include <sstream>

#include <toml++/toml.h>

namespace il = interlock;

// ---- TOML's dates and times are Python's -----------------------------------------------------------------------------------

template <>
struct il::converter<toml::date> {
    static constexpr const char* python_type = "datetime.date";
    static il::object to_python(il::python py, const toml::date& d) {
        return il::date::of(py, d.year, d.month, d.day);
    }
};
template <>
struct il::converter<toml::time> {
    static constexpr const char* python_type = "datetime.time";
    static il::object to_python(il::python py, const toml::time& t) {
        return il::time::of(py, t.hour, t.minute, t.second, static_cast<int>(t.nanosecond / 1000));
    }
};
template <>
struct il::converter<toml::date_time> {
    static constexpr const char* python_type = "datetime.datetime";
    static il::object to_python(il::python py, const toml::date_time& d) {
        const auto [date, time, offset] = d;
        const auto micro = static_cast<int>(time.nanosecond / 1000);
        if (!offset.has_value()) {
            return il::datetime::of(py, date.year, date.month, date.day, time.hour, time.minute,
                                    time.second, micro);
        }
        const auto zone = il::tzinfo::of(py, il::timedelta::of(py, 0, offset->minutes * 60));
        return il::datetime::of(py, date.year, date.month, date.day, time.hour, time.minute,
                                time.second, micro, zone);
    }
};

namespace {

struct decode_error : std::runtime_error {
    explicit decode_error(const toml::parse_error& e)
        : std::runtime_error([&] {
              std::ostringstream text;
              text << e;
              return text.str();
          }()),
          line(e.source().begin.line),
          column(e.source().begin.column) {}
    toml::source_index line;
    toml::source_index column;
};

// ---- out ----------------------------------------------------------------------------------------------------------------

il::object to_python(il::python py, const toml::node& node) {
    return node.visit([&](const auto& value) -> il::object {
        if constexpr (toml::is_table<decltype(value)>) {
            il::dict made = il::dict::make(py);
            for (const auto& [key, inner] : value) {
                made[key.str()] = to_python(py, inner);
            }
            return made;
        } else if constexpr (toml::is_array<decltype(value)>) {
            il::list made = il::list::make(py);
            for (const toml::node& inner : value) {
                made.append(to_python(py, inner));
            }
            return made;
        } else {
            return py.make(value.get());
        }
    });
}

// ---- in -----------------------------------------------------------------------------------------------------------------

toml::date date_of(const il::date& d) { return toml::date(d.year(), d.month(), d.day()); }
template <class T>
toml::time time_of(const T& t) {
    return toml::time(t.hour(), t.minute(), t.second(), t.microsecond() * 1000);
}
toml::date_time date_time_of(const il::datetime& d) {
    if (!d.tzinfo().has_value()) {
        return {date_of(d), time_of(d)};
    }
    const auto offset = d.call_method("utcoffset").as<il::timedelta>().total_microseconds();
    return {date_of(d), time_of(d), toml::time_offset(0, static_cast<int>(offset / 60'000'000))};
}

constexpr int deepest = 256;  // what toml++ reads back

toml::table table_of(const il::dict& from, int depth);
toml::array array_of(const il::list& from, int depth);

// Gives take() the value as toml++ has it. A bool is an int too in Python, and a datetime is a date: these come first.
template <class Take>
void convert(const il::object& from, int depth, const Take& take) {
    if (depth > deepest) {
        throw il::value_error(
            "pytomlpp.dumps(): the data is nested too deeply, or contains itself");
    }
    if (il::isinstance<il::boolean>(from)) {
        take(from.as<bool>());
    } else if (il::isinstance<il::int_>(from)) {
        take(from.as<std::int64_t>());
    } else if (il::isinstance<il::float_>(from)) {
        take(from.as<double>());
    } else if (il::isinstance<il::str>(from)) {
        take(from.as<std::string>());
    } else if (il::isinstance<il::dict>(from)) {
        take(table_of(from.as<il::dict>(), depth + 1));
    } else if (il::isinstance<il::list>(from)) {
        take(array_of(from.as<il::list>(), depth + 1));
    } else if (il::isinstance<il::datetime>(from)) {
        take(date_time_of(from.as<il::datetime>()));
    } else if (il::isinstance<il::date>(from)) {
        take(date_of(from.as<il::date>()));
    } else if (il::isinstance<il::time>(from)) {
        take(time_of(from.as<il::time>()));
    } else {
        throw il::type_error("pytomlpp.dumps(): TOML has nothing for " + from.repr());
    }
}

toml::table table_of(const il::dict& from, int depth) {
    toml::table made;
    for (auto [key, value] : from) {
        if (!il::isinstance<il::str>(key)) {
            throw il::type_error("pytomlpp.dumps(): a key must be a str, not " + key.repr());
        }
        convert(value, depth, [&]<class T>(T&& v) {
            made.insert_or_assign(key.as<std::string>(), std::forward<T>(v));
        });
    }
    return made;
}

toml::array array_of(const il::list& from, int depth) {
    toml::array made;
    for (const il::object& item : from) {
        convert(item, depth, [&]<class T>(T&& value) { made.push_back(std::forward<T>(value)); });
    }
    return made;
}

// ---- the functions --------------------------------------------------------------------------------------------------------

il::dict loads(il::python py, std::string_view data) {
    try {
        return to_python(py, py.allow_threads(
                                 [](std::string_view text) { return toml::parse(text); }, data))
            .as<il::dict>();
    } catch (const toml::parse_error& e) {
        throw decode_error(e);
    }
}

std::string dumps(il::python py, const il::dict& data) {
    return py.allow_threads(
        [](const toml::table& table) {
            std::ostringstream text;
            text << table;
            return text.str();
        },
        table_of(data, 0));
}

il::object opened(const il::object& file, std::string_view mode, const il::object& encoding) {
    return file.py().import("io").attr("open")(file, mode, il::kw("encoding") = encoding);
}

il::dict load(il::python py, const il::object& fl, std::string_view mode,
              const il::object& encoding) {
    const il::object data =
        il::hasattr(fl, "read")
            ? fl.call_method("read")
            : il::with(py, opened(fl, mode, encoding),
                       [](const il::object& file) { return file.call_method("read"); });
    const il::object text =
        il::isinstance<il::bytes>(data) ? il::object(data.as<il::bytes>().decode()) : data;
    return loads(py, text.as<std::string_view>());
}

void dump(il::python py, const il::dict& data, const il::object& fl, std::string_view mode,
          const il::object& encoding) {
    const il::str text = il::str::of(py, dumps(py, data));
    const il::object written = mode == "wb" ? il::object(text.encode()) : il::object(text);
    if (il::hasattr(fl, "write")) {
        fl.call_method("write", written);
    } else {
        il::with(py, opened(fl, mode, encoding),
                 [&](const il::object& file) { file.call_method("write", written); });
    }
}

}  // namespace

INTERLOCK_MODULE(pytomlpp, m) {
    m.doc("TOML, read and written by toml++.");
    m.add("lib_version", std::to_string(TOML_LIB_MAJOR) + "." + std::to_string(TOML_LIB_MINOR) +
                             "." + std::to_string(TOML_LIB_PATCH));
    il::exception_<decode_error>(m, "DecodeError")
        .def_readonly<&decode_error::line>("line")
        .def_readonly<&decode_error::column>("column");
    m.def<&loads>("loads", "What a text in TOML says.", il::arg("data"));
    m.def<&dumps>("dumps", "The data in TOML.", il::arg("data"));
    m.def<&load>("load", "The same of a file, by its name or opened.", il::arg("fl"),
                 il::arg("mode") = "r", il::arg("encoding") = nullptr);
    m.def<&dump>("dump", "The same into a file.", il::arg("data"), il::arg("fl"),
                 il::arg("mode") = "w", il::arg("encoding") = nullptr);
}
