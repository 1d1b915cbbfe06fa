// Entering one interpreter in particular, maybe from another one.
#include "records.hpp"

#include <interlock/attach/interpreter_scope.hpp>

INTERLOCK_BEGIN
namespace detail {

interpreter_scope::interpreter_scope(interpreter_record& target, std::source_location where,
                                     if_refused otherwise)
    : interpreter_scope() {
    // From here on the destructor runs, whatever throws.
    PyThreadState* attached = (thread_word() & word_traversing) == 0 ? attached_state() : nullptr;
    if (attached != nullptr && interpreter_of(attached) != target.interpreter) {
        if ((thread_word() & word_detached) != 0) {
            flagged_.emplace(where);
        }
        outer_ = detach_slowly(&token_inside, where);
    }
    inner_.emplace(target, where, otherwise);
    if (!inner_->entered() && outer_) {
        finish();
    }
}

interpreter_scope::~interpreter_scope() {
    inner_.reset();
    if (outer_) {
        static_cast<void>(attach_again_slowly(*outer_->slot, outer_->state));
    }
}

void interpreter_scope::finish() {
    if (inner_->entered()) {
        inner_.reset();
    }
    if (outer_) {
        const detached_thread outer = *outer_;
        outer_.reset();
        if (!attach_again_slowly(*outer.slot, outer.state)) {
            throw_turned_away();
        }
    }
}

}  // namespace detail
INTERLOCK_END
