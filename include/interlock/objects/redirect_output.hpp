// redirect_output: what C++ writes to std::cout, std::cerr and std::clog appears in Python's sys.stdout and sys.stderr.
#pragma once

#include <interlock/attach/config.hpp>

INTERLOCK_BEGIN

// Sends std::cout to sys.stdout, and std::cerr and std::clog to sys.stderr, as long as one of these lives: in a scope, or for
// the length of a bound function as il::call_guard<il::redirect_output>.
//
// May be made and destroyed on any thread, attached or not, by several threads at once, and nested; the streams belong to the
// process, so they are sent to Python for all threads meanwhile, and the last one to end gives them back. Text is collected and
// written when the stream is flushed (std::endl; std::cerr after each <<), when 8 KiB have come together, and at the end of each
// scope, to whatever sys.stdout is then. A thread that writes enters the interpreter by itself: whoever flushes while it
// holds a lock of its own must not be waited for by an attached thread. Characters whose bytes are written one by one are put
// together; what is not UTF-8 becomes U+FFFD. What is raised by the file's own write goes to sys.unraisablehook, but
// KeyboardInterrupt, which is raised again by the next check for signals. Where the interpreter is closed, or inside of a
// tp_traverse, the text goes where it would have gone without this. Text of wide streams and of C's stdio is left alone. Cost: two
// locks and, where there is text, one call of write for each stream.
class redirect_output {
public:
    redirect_output();
    ~redirect_output();
    redirect_output(const redirect_output&) = delete;
    redirect_output& operator=(const redirect_output&) = delete;
};

INTERLOCK_END
