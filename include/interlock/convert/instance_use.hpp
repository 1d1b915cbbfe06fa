// What keeps an instance as it is while C++ works on it: locks where there is no GIL, and marks.
//
// Three things can happen to the C++ object of an instance while a bound function works on it, because the function called
// Python, or left the interpreter: another thread works on it too; it is given away as a std::unique_ptr; the instance is
// initialized anew. The rules:
//
//   no GIL             a call holds the locks of all instances that it is called with, the object and arguments, together;
//                      whatever runs Python code may suspend them, as every critical section of CPython's
//   il::allow_threads  a function under this policy marks the instances while it runs released: `value` is null then, so that
//                      no short cut of another call finds the object, and the core tells who may use it: the thread that works
//                      on it, and others that read while all read; anybody else gets RuntimeError
//   py.allow_threads   marks the instances of the function that the token was given to in the same way, until that returns
//   a call of Python   a function that may make one (it takes the token, an object, or a callable) is entered as being in a call
//                      on its instances: nobody marks one of them on another thread meanwhile, unless both read. It would go
//                      on with the object when Python lets its thread run again
//   given away         what lies inside of the Python object is moved out, and the rest of it lives on until the Python object
//                      dies; what lies elsewhere counts who works on it, and is refused while somebody does
//
// il::frozen and il::thread_safe classes take no part in the first two.
#pragma once

#include <interlock/attach/token.hpp>
#include <interlock/convert/class_site.hpp>

INTERLOCK_BEGIN
namespace detail {

// ---- given away --------------------------------------------------------------------------------------------------------------

// Null where nothing has to be counted.
outside_value* begin_use(PyObject* self, const void* value) noexcept;
// The same for a pointer that keeps the instance and its object beyond a call; false where the object was given away meanwhile.
bool begin_keeping(PyObject* object, const void* value, outside_value*& used) noexcept;
// What keeps the object of an instance from being given away, as long as Python has a part of it.
struct held_whole {
    outside_value* outside = nullptr;  // where it lies beside its instance
    PyObject* instance = nullptr;      // borrowed: where it lies in there, and the part elsewhere
};
held_whole hold_whole(PyObject* self, const void* part) noexcept;
void let_whole_go(const held_whole& held) noexcept;

inline void end_use(outside_value* used) noexcept {
    // What was written meanwhile is seen by whoever takes the object away.
    used->uses.fetch_sub(1, std::memory_order_release);
}

// place: where the value lies in most instances, of which none is counted.
class instance_use {
public:
    INTERLOCK_INLINE instance_use(PyObject* self, const void* value, const void* place) noexcept
        : used_(value == place ? nullptr : begin_use(self, value)) {}
    INTERLOCK_INLINE ~instance_use() {
        if (used_ != nullptr) [[unlikely]] {
            end_use(used_);
        }
    }
    instance_use(const instance_use&) = delete;
    instance_use& operator=(const instance_use&) = delete;

private:
    outside_value* used_;
};

// ---- at work released ----------------------------------------------------------------------------------------------------------

// How a function works on an instance: bits.
inline constexpr int work_reads = 0;
inline constexpr int work_writes = 1;
inline constexpr int work_attached = 2;  // in a call that may run Python code; released otherwise

// Enters an instance as one that a function works on, and marks it if that runs released; false with the error set where another
// thread works on it, a RuntimeError. Cost: a look-up of the type and of a short list.
bool begin_work(PyObject* object, int how) noexcept;
void end_work(PyObject* object) noexcept;
// Whether an instance may be changed that could be read; otherwise RuntimeError is set.
bool may_write(PyObject* object) noexcept;
// Whether an instance has no value, since it was not initialized or was given away; one that is at work has one.
bool is_empty_instance(PyObject* object) noexcept;

class instance_work {
public:
    instance_work() noexcept = default;
    bool begin(PyObject* object, const class_site& site, bool writes) noexcept {
        if (!site.has(class_site::locked)) {
            return true;
        }
        if (!begin_work(object, writes ? work_writes : work_reads)) {
            return false;
        }
        object_ = object;
        return true;
    }
    ~instance_work() {
        if (object_ != nullptr) {
            end_work(object_);
        }
    }
    instance_work(const instance_work&) = delete;
    instance_work& operator=(const instance_work&) = delete;

private:
    PyObject* object_ = nullptr;
};

// What a function that may run Python code is called with. Its token leads here, so that they are marked when it leaves.
class instances_of_call {
public:
    struct one {
        PyObject* object;
        void* part;  // of the table of those at work; null: another extension's
        bool writes;
    };
    instances_of_call(const instances_of_call&) = delete;
    instances_of_call& operator=(const instances_of_call&) = delete;

    bool add(PyObject* object, const class_site& site, bool writes) noexcept {
        return !site.has(class_site::locked) || enter(object, site, writes);
    }
    // Marks what is not marked yet, until the function returns, with what `kept` has. Throws python_error, a RuntimeError, where another
    // thread works on one of them.
    void mark();
    void add(keeper& kept) noexcept { kept_ = &kept; }

protected:
    explicit instances_of_call(one* list) noexcept : list_(list) {}
    ~instances_of_call() {
        if (count_ != 0) {
            end();
        }
    }

private:
    // Cost: about 140 instructions with its end; a look-up of the type more where the object is of a derived class.
    bool enter(PyObject* object, const class_site& site, bool writes) noexcept;
    void end() noexcept;

    one* list_;
    keeper* kept_ = nullptr;
    unsigned count_ = 0;
    unsigned marked_ = 0;  // the first of them
};
template <std::size_t N>
class up_to_instances : public instances_of_call {
public:
    up_to_instances() noexcept : instances_of_call(places_) {}

private:
    one places_[N];
};

// ---- locks where there is no GIL -----------------------------------------------------------------------------------------------

#if defined(Py_GIL_DISABLED)
// A function that was refused its way back from allow_threads leaves the thread detached: the sections are gone with its state. The
// word is asked first, since it costs nothing; alone it does not say so, as another library may have attached inside.
INTERLOCK_INLINE bool sections_are_gone() noexcept {
    return (thread_word() & word_detached) != 0 && attached_state() == nullptr;
}

// The locks of up to N instances, all held or none: in the order of their addresses.
template <std::size_t N>
class instance_locks {
public:
    instance_locks() noexcept = default;
    void add(PyObject* object, const class_site& site) noexcept {
        if (object != nullptr && site.has(class_site::locked)) {
            add(object);
        }
    }
    void add(PyObject* object) noexcept {
        std::size_t at = 0;
        while (at < count_ && objects_[at] < object) {
            ++at;
        }
        if (at < count_ && objects_[at] == object) {
            return;
        }
        for (std::size_t i = count_; i > at; --i) {
            objects_[i] = objects_[i - 1];
        }
        objects_[at] = object;
        ++count_;
    }
    void begin() noexcept {
        if (count_ == 2) {
            PyCriticalSection2_Begin(&two_, objects_[0], objects_[1]);
        } else if (count_ == 1) {
            PyCriticalSection_Begin(&sections_[0], objects_[0]);
        } else if (count_ > 2) {
            while (!begin_all()) {
            }
        }
    }
    ~instance_locks() {
        if (count_ == 0 || sections_are_gone()) {
            return;
        }
        if (count_ == 2) {
            PyCriticalSection2_End(&two_);
        } else {
            end_all();
        }
    }
    instance_locks(const instance_locks&) = delete;
    instance_locks& operator=(const instance_locks&) = delete;

private:
    // A section that has to wait suspends those before it, which nobody resumes until it ends: it shows in their
    // successor. Then all are given back and tried anew; whoever had them has got ahead.
    bool begin_all() noexcept {
        for (std::size_t i = 0; i < count_; ++i) {
            PyCriticalSection_Begin(&sections_[i], objects_[i]);
        }
        for (std::size_t i = 1; i < count_; ++i) {
            if (began_under_suspended(sections_[i])) {
                end_all();
                return false;
            }
        }
        return true;
    }
    void end_all() noexcept {
        for (std::size_t i = count_; i-- > 0;) {
            PyCriticalSection_End(&sections_[i]);
        }
    }

    PyObject* objects_[N]{};
    std::size_t count_ = 0;
    union {
        PyCriticalSection sections_[N];
        PyCriticalSection2 two_;
    };
};

// Of one, which is what nearly all calls need.
template <>
class instance_locks<1> {
public:
    instance_locks() noexcept {}
    INTERLOCK_INLINE void add(PyObject* object, const class_site& site) noexcept {
        if (object != nullptr && site.has(class_site::locked)) {
            object_ = object;
        }
    }
    INTERLOCK_INLINE void add(PyObject* object) noexcept { object_ = object; }
    INTERLOCK_INLINE void begin() noexcept {
        if (object_ != nullptr) {
            PyCriticalSection_Begin(&section_, object_);
        }
    }
    INTERLOCK_INLINE ~instance_locks() {
        if (object_ != nullptr && !sections_are_gone()) {
            PyCriticalSection_End(&section_);
        }
    }
    instance_locks(const instance_locks&) = delete;
    instance_locks& operator=(const instance_locks&) = delete;

private:
    PyObject* object_ = nullptr;
    union {
        PyCriticalSection section_;
    };
};
#else
template <std::size_t N>
class instance_locks {
public:
    instance_locks() noexcept = default;
    // A variable of it then counts as used.
    ~instance_locks() {}  // NOLINT(modernize-use-equals-default)
    static void add(PyObject*, const class_site&) noexcept {}
    static void add(PyObject*) noexcept {}
    static void begin() noexcept {}
    instance_locks(const instance_locks&) = delete;
    instance_locks& operator=(const instance_locks&) = delete;
};
#endif

// The lock of one instance.
class self_lock {
public:
    self_lock(PyObject* self, const class_site& site) noexcept {
        locks_.add(self, site);
        locks_.begin();
    }

private:
    instance_locks<1> locks_;
};

}  // namespace detail
INTERLOCK_END
