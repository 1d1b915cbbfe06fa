// The values of a parameter il::args_of<T>, for the length of a call.
#pragma once

#include <interlock/bind/argument.hpp>

#include <memory>
#include <new>
#include <span>
#include <type_traits>

INTERLOCK_BEGIN
namespace detail {

// What a call does not have to look at again, nor to hold, lock or take when all arguments are there.
template <class T>
inline constexpr bool is_rest_value =
    std::is_base_of_v<object, T> ||
    !(
        unique_pointer_like<T> || requires { conversion<converted_type<T>>::site_behind; } ||
        requires { conversion<converted_type<T>>::copies_items; });

// The values of il::args_of<T>.
template <class T>
class rest_storage {
    static_assert(
        is_rest_value<T>,
        "interlock: il::args_of<T> has values of its own, and T is an object of a bound class, a "
        "pointer to one, or a view of items that are converted: take il::args, whose items "
        "are Python objects, or il::args_of<il::instance<T>>");

public:
    rest_storage() noexcept {
        if constexpr (!std::is_trivially_destructible_v<T>) {
            made_ = nullptr;
        }
    }
    rest_storage(const rest_storage&) = delete;
    rest_storage& operator=(const rest_storage&) = delete;
    ~rest_storage() {
        if constexpr (!std::is_trivially_destructible_v<T>) {
            if (made_ != nullptr) {
                std::destroy(values_, made_);
            }
        }
        if (size_ > room) [[unlikely]] {
            std::allocator<T>().deallocate(values_, size_);
        }
    }

    // Each from its object; `place` is that of the first one among the parameters. False with the error set. Throws what copies do.
    INTERLOCK_INLINE bool load(PyObject* self, const function_site& site, unsigned place,
                               PyObject* const* objects, Py_ssize_t count, keeper* kept) {
        const auto size = static_cast<std::size_t>(count);
        T* const values =
            size <= room ? reinterpret_cast<T*>(memory_) : std::allocator<T>().allocate(size);
        values_ = values;
        size_ = size;
        if constexpr (is_read_inline<converted_type<T>> && std::is_trivially_destructible_v<T>) {
            for (std::size_t i = 0; i != size; ++i) {
                typename how::storage loaded;
                if (!how::fast(objects[i], loaded)) [[unlikely]] {
                    return load_from(i, self, site, place, objects, kept);
                }
                ::new (static_cast<void*>(values + i)) T(how::template pass<T>(loaded));
            }
            return true;
        } else {
            return load_from(0, self, site, place, objects, kept);
        }
    }
    std::span<const T> values() const noexcept { return {values_, size_}; }

private:
    using how = conversion<converted_type<T>>;

    INTERLOCK_NOINLINE bool load_from(std::size_t i, PyObject* self, const function_site& site,
                                      unsigned place, PyObject* const* objects, keeper* kept) {
        for (; i != size_; ++i) {
            typename how::storage loaded;
            if (!load_parameter<converted_type<T>>(self, site, place + static_cast<unsigned>(i),
                                                   objects[i], loaded, kept)) {
                return false;
            }
            ::new (static_cast<void*>(values_ + i)) T(how::template pass<T>(loaded));
            if constexpr (!std::is_trivially_destructible_v<T>) {
                made_ = values_ + i + 1;
            }
        }
        return true;
    }

    static constexpr std::size_t room = sizeof(T) > 32 ? 256 / sizeof(T) : 8;

    alignas(T) unsigned char memory_[room == 0 ? 1 : room * sizeof(T)];
    std::size_t size_ = 0;
    T* values_;  // when it is loaded
    T* made_;    // behind the last one; of those that have to be destroyed
};

}  // namespace detail
INTERLOCK_END
