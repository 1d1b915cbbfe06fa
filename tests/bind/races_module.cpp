// For test_races.py: classes whose functions take their time, so that others come in between.
#include <interlock/interlock.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace il = interlock;

namespace {

void busy(int turns) {
    std::atomic<int> done{0};
    while (done.fetch_add(1) < turns) {
    }
}

struct Leaf {
    int size = 7;
    Leaf() = default;
    Leaf(const Leaf&) = delete;
    Leaf& operator=(const Leaf&) = delete;
    ~Leaf() { size = -1000; }
};
struct Other {};
struct Branch {
    std::unique_ptr<Leaf> own = std::make_unique<Leaf>();
    Leaf& leaf(const Other&, const Other&, int turns) {
        busy(turns);
        return *own;
    }
};

// Counts those that are in it at a time.
struct Room {
    std::atomic<int> inside{0};
    std::atomic<int> clashes{0};
    void use(int turns) {
        if (inside.fetch_add(1) != 0) {
            ++clashes;
        }
        busy(turns);
        --inside;
    }
};
struct Gift {
    int get(int turns) const {
        busy(turns);
        return 5;
    }
};
struct Owner {
    Room room;
    void work(int turns) { room.use(turns); }
    void adopt(std::unique_ptr<Gift>, int turns) { room.use(turns); }
};
struct Held {
    Room room;
    int value = 7;
    ~Held() { value = -1000; }
    int wait(int turns) {
        room.use(turns);
        return value;
    }
    int more(int) const { return value; }
    int more_of_text(const std::string&) const { return value; }
};
struct Slow {
    explicit Slow(int turns) { busy(turns); }
};
struct Made {
    static inline std::atomic<int> count{0};
    Made() { ++count; }
    Made(Made&&) noexcept { ++count; }
    ~Made() { --count; }
};
struct Named {
    std::string name;
};

}  // namespace

INTERLOCK_MODULE(bind_races, m) {
    il::class_<Leaf>(m, "Leaf").def_readonly<&Leaf::size>("size");
    il::class_<Other>(m, "Other").def(il::init<>());
    il::class_<Branch>(m, "Branch")
        .def(il::init<>())
        .def<&Branch::leaf>("leaf", il::reference_internal);
    m.def("cut", [](std::unique_ptr<Branch> b) { return b->own->size; });
    il::class_<Gift>(m, "Gift").def(il::init<>()).def<&Gift::get>("get");
    il::class_<Owner>(m, "Owner")
        .def(il::init<>())
        .def<&Owner::work>("work", il::allow_threads)
        .def<&Owner::adopt>("adopt")
        .def_property(
            "gift", [](const Owner&) { return 0; },
            [](Owner& o, std::unique_ptr<Gift>) { o.room.use(2 * 20'000); })
        .def("clashes", [](const Owner& o) { return o.room.clashes.load(); });
    il::class_<Held, std::unique_ptr<Held>>(m, "Held")
        .def(il::init<>())
        .def<&Held::wait>("wait")
        .def<&Held::more>("more")
        .def<&Held::more_of_text>("more");
    m.def("consume", [](std::unique_ptr<Held> h) { return h->value; });
    m.def("is_inside", [](const Held& h) { return h.room.inside.load() != 0; });
    m.def("callable_is_inside", [] {
        return std::function<bool(const Held&)>(
            [](const Held& h) { return h.room.inside.load() != 0; });
    });
    m.def("busy", &busy, il::allow_threads);
    m.def("changing_callable", [] {
        return [room = std::make_shared<Room>()](const Held&, int turns) mutable {
            room->use(turns);
            return room->clashes.load();
        };
    });
    il::class_<Made>(m, "Made").def(il::init([](const il::callable& first) {
        first();
        return Made();
    }));
    m.def("made", [] { return Made::count.load(); });
    il::class_<Slow>(m, "Slow").def(il::init<int>());
    il::class_<Named>(m, "Named").def(il::init<>()).def_readwrite<&Named::name>("name");
}
