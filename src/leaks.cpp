// The leak report. What is held is looked at twice: when the gate has closed and Python still works, for what it is called;
// and when the interpreter is gone, for whether it is held still.
//
// The lock is never held while Python is called, so that whoever waits for it with the interpreter waits for nobody who needs it.
#include "python_call.hpp"

#include <interlock/objects/held_handles.hpp>
#include <interlock/objects/leaks.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#if !defined(_WIN32)
#include <pthread.h>
#endif

INTERLOCK_BEGIN
namespace detail {
namespace {

struct held {
    std::size_t handles = 0;
    const void* interpreter = nullptr;
    std::string name;
};

// Neither is ever destroyed: handles in static data may outlive it.
struct table {
    std::mutex lock;
    std::unordered_map<const void*, held> all;
};
table& handles() {
    static table& made = *new table;
    return made;
}

bool asked_for() noexcept {
    const char* value = std::getenv("INTERLOCK_LEAKS");
    return value != nullptr && *value != '\0' && std::string_view(value) != "0";
}

#if !defined(_WIN32)
// A child has the lock free, whoever held it.
const int fork_handlers = pthread_atfork(
    [] {
        if (counts_handles) {
            handles().lock.lock();
        }
    },
    [] {
        if (counts_handles) {
            handles().lock.unlock();
        }
    },
    [] {
        if (counts_handles) {
            handles().lock.unlock();
        }
    });
#endif

// A type of this file's own in the containers of the report keeps their code out of what the module exports, which the dynamic
// linker looks up at every import.
struct line {
    std::string name;
    std::size_t count;
};

constexpr std::size_t longest_name = 100;
constexpr std::size_t most_lines = 20;

std::string name_of_class(PyObject* object) { return type_name(Py_TYPE(object)).c_str(); }

// Needs an attached thread; Python code may run.
std::string name_of(PyObject* object) {
    std::string name = name_of_class(object);
    PyObject* text = run_python([object] { return PyObject_Repr(object); });
    Py_ssize_t size = 0;
    const char* data = text == nullptr ? nullptr : PyUnicode_AsUTF8AndSize(text, &size);
    if (data != nullptr) {
        std::string shown(data, static_cast<std::size_t>(size));
        if (shown.size() > longest_name) {
            std::size_t end = longest_name;
            while (end != 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) {
                --end;  // not within a character
            }
            shown.resize(end);
            shown += "...";
        }
        name += ": " + shown;
    }
    PyErr_Clear();
    Py_XDECREF(text);
    return name;
}

}  // namespace

bool counts_handles = asked_for();

void count_handle(const void* object, const void* interpreter) noexcept {
    try {
        table& known = handles();
        const std::lock_guard lock(known.lock);
        held& one = known.all[object];
        ++one.handles;
        one.interpreter = interpreter;
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // A report that misses one is better than a handle that cannot be made.
    }
}

void uncount_handle(const void* object) noexcept {
    table& known = handles();
    const std::lock_guard lock(known.lock);
    const auto found = known.all.find(object);
    if (found != known.all.end() && --found->second.handles == 0) {
        known.all.erase(found);
    }
}

void name_leaks(const interpreter_record& interpreter) noexcept {
    if (!counts_handles) {
        return;
    }
    try {
        table& known = handles();
        std::vector<PyObject*> objects;
        {
            const std::lock_guard lock(known.lock);
            objects.reserve(known.all.size());
            for (const auto& [object, one] : known.all) {
                if (one.interpreter == &interpreter) {
                    // Whoever releases the handle takes it off the table before.
                    objects.push_back(Py_NewRef(static_cast<PyObject*>(const_cast<void*>(object))));
                }
            }
        }
        const keep_error kept;
        for (PyObject* object : objects) {
            std::string name = name_of(object);
            {
                const std::lock_guard lock(known.lock);
                if (const auto found = known.all.find(object); found != known.all.end()) {
                    found->second.name = std::move(name);
                }
            }
            run_python([object] { Py_DECREF(object); });
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // Without memory the objects have no names.
    }
}

void tell_leaks(const interpreter_record& interpreter) noexcept {
    if (!counts_handles) {
        return;
    }
    try {
        table& known = handles();
        std::vector<line> lines;
        std::size_t sum = 0;
        {
            const std::lock_guard lock(known.lock);
            for (auto at = known.all.begin(); at != known.all.end();) {
                if (at->second.interpreter != &interpreter) {
                    ++at;
                    continue;
                }
                sum += at->second.handles;
                // One that was made after the gate had closed has no name; its type lives as long as it does.
                lines.push_back({at->second.name.empty() ? name_of_class(static_cast<PyObject*>(
                                                               const_cast<void*>(at->first)))
                                                         : at->second.name,
                                 at->second.handles});
                at = known.all.erase(at);
            }
        }
        if (sum == 0) {
            return;
        }
        std::fprintf(stderr,
                     "interlock: when interpreter %lld ended, %zu il::owned handle%s still held an "
                     "object of it:\n",
                     static_cast<long long>(interpreter.id), sum, sum == 1 ? "" : "s");
        const auto by_name = [](const line& a, const line& b) { return a.name < b.name; };
        std::make_heap(lines.begin(), lines.end(), by_name);  // less code than std::sort
        std::sort_heap(lines.begin(), lines.end(), by_name);
        // Those of one name become one line.
        std::size_t different = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i != 0 && lines[i].name == lines[different - 1].name) {
                lines[different - 1].count += lines[i].count;
            } else {
                std::swap(lines[different++], lines[i]);
            }
        }
        for (std::size_t i = 0; i < std::min(different, most_lines); ++i) {
            std::fprintf(stderr, "  %zu x %s\n", lines[i].count, lines[i].name.c_str());
        }
        if (different > most_lines) {
            std::fprintf(stderr, "  and %zu other objects\n", different - most_lines);
        }
    } catch (...) {  // NOLINT(bugprone-empty-catch)
        // No memory, no report.
    }
}

}  // namespace detail

void report_leaks(bool on) noexcept { detail::counts_handles = on; }

std::size_t held_handles() noexcept {
    detail::table& known = detail::handles();
    const std::lock_guard lock(known.lock);
    std::size_t sum = 0;
    for (const auto& [object, one] : known.all) {
        sum += one.handles;
    }
    return sum;
}

INTERLOCK_END
