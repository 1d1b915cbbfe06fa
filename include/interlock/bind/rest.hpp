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
    rest_storage() noexcept {}  // NOLINT(modernize-use-equals-default): that would fill it
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
        values_ = static_cast<std::size_t>(count) <= room
                      ? reinterpret_cast<T*>(memory_)
                      : std::allocator<T>().allocate(static_cast<std::size_t>(count));
        size_ = static_cast<std::size_t>(count);
        T* at = values_;
        for (PyObject* const* const end = objects + count; objects != end; ++objects, ++place) {
            typename how::storage loaded;
            if (!load_parameter<converted_type<T>>(self, site, place, *objects, loaded, kept)) {
                return false;
            }
            ::new (static_cast<void*>(at)) T(how::template pass<T>(loaded));
            ++at;
            if constexpr (!std::is_trivially_destructible_v<T>) {
                made_ = at;
            }
        }
        return true;
    }
    std::span<const T> values() const noexcept { return {values_, size_}; }

private:
    using how = conversion<converted_type<T>>;
    static constexpr std::size_t room = sizeof(T) > 32 ? 256 / sizeof(T) : 8;

    alignas(T) unsigned char memory_[room == 0 ? 1 : room * sizeof(T)];
    std::size_t size_ = 0;
    T* values_;          // when it is loaded
    T* made_ = nullptr;  // behind the last one
};

}  // namespace detail
INTERLOCK_END
