// Doors around callbacks that switch to another greenlet: the C++ frames of one are put away while others run on the same
// stack, and they end in another order than they began in.
#include "../support/test_module.hpp"
#include "../support/thread_states.hpp"

#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>

namespace il = interlock;

namespace {

void require(bool holds, const char* what) {
    if (!holds) {
        throw std::runtime_error(what);
    }
}

struct pause {
    int lane;  // leaves by a line of its own, which is how the guard tells regions apart
    il::owned<il::object>& callback;
};

// Calls back from inside as many doors as `depth` says, and checks on the way out that all is as it was.
void go_in(int depth, const pause& how, const il::object& mine);

void inside_a_region(int depth, const pause& how, const il::object& mine, unsigned line) {
    require(!attached_by_fact(), "attached inside allow_threads");
    il::with_gil([&](il::python inner) {
        const il::object own = inner.eval("['own']");
        go_in(depth - 1, how, own);
        require(own.str() == "['own']", "a handle holds something else");
    });
    require(!attached_by_fact(), "attached inside allow_threads, after others ran");
    try {
        static_cast<void>(mine.attr("append"));
    } catch (const il::not_attached& refused) {
        require(refused.detached_at().line() == line, "the guard names another's allow_threads");
        return;
    }
    throw std::runtime_error("a bound object was used inside allow_threads");
}

void go_in(int depth, const pause& how, const il::object& mine) {
    const PyThreadState* state = state_by_fact();
    require(state != nullptr, "not attached on the way in");
    if (depth == 0) {
        il::with_gil([&](il::python py) { static_cast<void>(how.callback.bind(py)(mine)); });
    } else {
        il::assume_attached([&](il::python py) {
            unsigned line = 0;
            const auto region = [&] { inside_a_region(depth, how, mine, line); };
            switch (how.lane) {
                case 0:
                    line = std::source_location::current().line() + 1;
                    py.allow_threads(il::unchecked, region);
                    break;
                case 1:
                    line = std::source_location::current().line() + 1;
                    py.allow_threads(il::unchecked, region);
                    break;
                default:
                    line = std::source_location::current().line() + 1;
                    py.allow_threads(il::unchecked, region);
            }
        });
    }
    require(state_by_fact() == state, "another thread state on the way out");
}

// within(lane, depth, callback, object)
PyObject* within(PyObject*, PyObject* args) {
    return test_module::guarded([args] {
        il::assume_attached([args](il::python py) {
            const il::tuple given = il::borrow<il::tuple>(py, args);
            const int lane = il::object(given[0]).as<int>();
            const int depth = il::object(given[1]).as<int>();
            il::owned<il::object> callback = il::object(given[2]).unbind();
            const il::object mine = given[3];
            go_in(depth, {lane, callback}, mine);
            callback.drop(py);
        });
    });
}

// on_a_thread(callback): calls it on a C++ thread, and enters that thread once more when it is back.
PyObject* on_a_thread(PyObject*, PyObject* function) {
    return test_module::guarded([function] {
        il::assume_attached([function](il::python py) {
            std::string failure;
            il::owned<il::object> callback = il::borrow<il::object>(py, function).unbind();
            py.allow_threads(il::unchecked, [&] {
                std::thread([&] {
                    try {
                        const bool once_more = il::with_gil([&](il::python own) {
                            static_cast<void>(callback.bind(own)());
                            return true;
                        });
                        require(once_more && !attached_by_fact(), "attached outside of every door");
                        il::with_gil([&](il::python own) { callback.drop(own); });
                    } catch (const std::exception& error) {
                        failure = error.what();
                    }
                }).join();
            });
            require(failure.empty(), failure.c_str());
        });
    });
}

PyMethodDef methods[] = {
    {"within", within, METH_VARARGS, nullptr},
    {"on_a_thread", on_a_thread, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

INTERLOCK_TEST_MODULE(attach_switch, methods)
