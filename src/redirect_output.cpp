// std::cout, std::cerr and std::clog to Python's files.
//
// One stream buffer for each file, which is never destroyed: a thread may still be writing through one that it found in a
// stream before the last scope ended. While no scope is open it passes everything on to where it would have gone without it.
// Text is collected under a lock that is held for a copy and never while anything of Python's runs; it is taken out as a whole
// and written without the lock, so that nobody waits for it while attached (invariant 7).
#include "error_translation.hpp"
#include "run.hpp"

#include <interlock/objects/redirect_output.hpp>

#include <array>
#include <csignal>
#include <iostream>
#include <mutex>
#include <streambuf>
#include <string>

INTERLOCK_BEGIN
namespace detail {

namespace {

constexpr std::size_t enough = 8192;

// How many bytes of the text are whole characters: a tail that may become one with the next bytes is left for those.
std::size_t whole_characters(std::string_view text) noexcept {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xC0U) == 0x80U) {
            continue;  // not the first of its character
        }
        const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
        return length > back ? text.size() - back : text.size();
    }
    return text.size();
}

// Whatever comes of it, no error is left set. Needs an attached thread.
void write_to_python(const char* name, std::string_view text) noexcept {
    const keep_error kept;
    PyObject* file = Py_XNewRef(PySys_GetObject(name));
    const reference held(file);
    if (file == nullptr || file == Py_None) {
        return;  // as in pythonw: there is none, and print() says nothing either
    }
    const reference message(text_object(text));
    const reference write(PyUnicode_FromString("write"));
    PyObject* done = nullptr;
    if (message && write) {
        done = run_python(
            [&] { return PyObject_CallMethodOneArg(file, write.pointer, message.pointer); });
    }
    if (done != nullptr) {
        Py_DECREF(done);
    } else if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) != 0) {
        PyErr_Clear();
        PyErr_SetInterruptEx(SIGINT);
    } else {
        run_python([&] { PyErr_WriteUnraisable(file); });
    }
}

class python_output : public std::streambuf {
public:
    python_output(std::ostream& stream, const char* name) : stream_(stream), name_(name) {}

    // Both with the lock of all_streams held.
    void open() noexcept {
        const std::lock_guard lock(mutex_);
        before_ = stream_.rdbuf();
        open_ = true;
        stream_.rdbuf(this);
    }
    void close() noexcept {
        if (stream_.rdbuf() == this) {
            stream_.rdbuf(before_);  // else somebody stands before us, and passes on to us
        }
        const std::lock_guard lock(mutex_);
        open_ = false;
    }

    // Writes what there is: all of it, or as far as it is whole characters.
    void write(bool all) noexcept {
        std::string text;
        {
            const std::lock_guard lock(mutex_);
            const std::size_t size = all ? text_.size() : whole_characters(text_);
            if (size == 0) {
                return;
            }
            text.swap(text_);
            text_.assign(text, size, 3);  // no allocation: three bytes lie in the string itself
            text.resize(size);
        }
        bool written = false;
        try {
            written = try_with_gil([&](python) { write_to_python(name_, text); });
        } catch (...) {  // NOLINT(bugprone-empty-catch)
            // No memory for a thread state.
        }
        if (!written) {
            pass_on(text);
        }
    }

protected:
    int_type overflow(int_type c) override {
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            const char one = traits_type::to_char_type(c);
            xsputn(&one, 1);
        }
        return traits_type::not_eof(c);
    }
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        std::unique_lock lock(mutex_);
        if (!open_) {
            std::streambuf* before = before_;
            lock.unlock();
            return before->sputn(text, size);
        }
        text_.append(text, static_cast<std::size_t>(size));
        const bool full = text_.size() >= enough;
        lock.unlock();
        if (full) {
            write(false);
        }
        return size;
    }
    int sync() override {
        std::unique_lock lock(mutex_);
        if (!open_) {
            std::streambuf* before = before_;
            lock.unlock();
            return before->pubsync();
        }
        lock.unlock();
        write(false);
        return 0;
    }

private:
    void pass_on(const std::string& text) noexcept {
        std::unique_lock lock(mutex_);
        std::streambuf* before = before_;
        lock.unlock();
        try {
            before->sputn(text.data(), static_cast<std::streamsize>(text.size()));
            before->pubsync();
        } catch (...) {  // NOLINT(bugprone-empty-catch)
            // Nobody is there to be told.
        }
    }

    std::ostream& stream_;
    const char* name_;
    std::mutex mutex_;
    std::string text_;
    std::streambuf* before_ = nullptr;
    bool open_ = false;
};

struct all_streams {
    std::mutex
        mutex;  // of the count and of the streams' buffers; nothing of Python's runs under it
    int scopes = 0;
    std::array<python_output, 3> outputs = {python_output(std::cout, "stdout"),
                                            python_output(std::cerr, "stderr"),
                                            python_output(std::clog, "stderr")};
};

// Made when the program or the extension is loaded, and never destroyed.
union immortal_streams {
    immortal_streams() : streams() {}
    ~immortal_streams() {}
    all_streams streams;
};
immortal_streams immortal;

}  // namespace
}  // namespace detail

redirect_output::redirect_output() {
    detail::all_streams& all = detail::immortal.streams;
    const std::lock_guard lock(all.mutex);
    if (all.scopes++ == 0) {
        for (detail::python_output& output : all.outputs) {
            output.open();
        }
    }
}

redirect_output::~redirect_output() {
    detail::all_streams& all = detail::immortal.streams;
    bool last = false;
    {
        const std::lock_guard lock(all.mutex);
        last = --all.scopes == 0;
        if (last) {
            for (detail::python_output& output : all.outputs) {
                output.close();
            }
        }
    }
    for (detail::python_output& output : all.outputs) {
        output.write(last);
    }
}

INTERLOCK_END
