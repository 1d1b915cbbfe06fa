// What was tried in vain while one value is loaded; see convert/alternatives.hpp.
#include "records.hpp"

#include <interlock/convert/alternatives.hpp>
#include <interlock/objects/release.hpp>

#include <new>
#include <vector>

INTERLOCK_BEGIN
namespace detail {

namespace {

constexpr std::uint16_t never = 0xFFFF;

// An object with the variant type that did not take it: for each pass, how deep it lay at least.
struct vain_try {
    PyObject* object = nullptr;
    const hint* type = nullptr;
    std::uint16_t depths[3] = {never, never, never};
};

std::size_t mix(const PyObject* object, const hint* type) noexcept {
    const auto a = reinterpret_cast<std::uintptr_t>(object);
    const auto b = reinterpret_cast<std::uintptr_t>(type);
    const std::uintptr_t mixed = (a ^ (b * 0x9E3779B1U)) * 0x9E3779B1U;
    return static_cast<std::size_t>(mixed ^ (mixed >> 15));
}

}  // namespace

// Open addressing, at most half full. The objects are held, so that no other one takes the address of one of them.
struct vain_tries::table {
    std::vector<vain_try> places = std::vector<vain_try>(32);
    std::size_t used = 0;

    table() = default;
    ~table() {
        for (const vain_try& one : places) {
            if (one.object != nullptr) {
                decref(one.object);
            }
        }
    }
    table(const table&) = delete;
    table& operator=(const table&) = delete;

    // Where it stands, or may be put.
    vain_try& place_of(const PyObject* object, const hint* type) noexcept {
        const std::size_t mask = places.size() - 1;
        std::size_t i = mix(object, type) & mask;
        while (places[i].object != nullptr &&
               (places[i].object != object || places[i].type != type)) {
            i = (i + 1) & mask;
        }
        return places[i];
    }

    void make_room() {
        if (2 * (used + 1) <= places.size()) {
            return;
        }
        std::vector<vain_try> roomier(places.size() * 2);
        places.swap(roomier);
        for (const vain_try& one : roomier) {
            if (one.object != nullptr) {
                place_of(one.object, one.type) = one;
            }
        }
    }
};

vain_tries::~vain_tries() { delete table_; }

bool vain_tries::find(PyObject* object, const hint& type, pass in,
                      std::uint16_t depth) const noexcept {
    const vain_try& found = table_->place_of(object, &type);
    return found.object != nullptr && found.depths[static_cast<unsigned char>(in)] <= depth;
}

void vain_tries::add(PyObject* object, const hint& type, pass in, std::uint16_t depth) noexcept {
    try {
        if (table_ == nullptr) {
            table_ = new table;
        }
        table_->make_room();
    } catch (const std::bad_alloc&) {
        return;  // it is tried again
    }
    vain_try& place = table_->place_of(object, &type);
    if (place.object == nullptr) {
        place.object = Py_NewRef(object);
        place.type = &type;
        ++table_->used;
    }
    std::uint16_t& known = place.depths[static_cast<unsigned char>(in)];
    if (depth < known) {
        known = depth;
    }
}

}  // namespace detail
INTERLOCK_END
