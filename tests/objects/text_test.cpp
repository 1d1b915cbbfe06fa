// str, bytes, bytearray, and the pinned views of the first two.
#include <interlock/interlock.hpp>

#include "../support/raises.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace il = interlock;

namespace {

std::string text_of(const il::bytes& bytes) { return std::string(bytes.view()); }

}  // namespace

static_assert(il::detachable<il::pinned_str> && il::detachable<il::pinned_bytes>);
static_assert(il::per_interpreter<il::pinned_str> && il::per_interpreter<il::buffer<int>>);

TEST(Str, GoesInAndOutInEveryEncoding) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::str s = il::str::of(py, u8"gr\u00fc\u00df \U0001F600");
        EXPECT_EQ(s.size(), 6U);
        EXPECT_EQ(s.view().size(), 11U);
        EXPECT_EQ(s, il::str::of(py, u"gr\u00fc\u00df \U0001F600"));
        EXPECT_EQ(s, il::str::of(py, U"gr\u00fc\u00df \U0001F600"));
        EXPECT_EQ(s, il::str::of(py, L"gr\u00fc\u00df \U0001F600"));
        EXPECT_EQ(s.to_u16string(), u"gr\u00fc\u00df \U0001F600");
        EXPECT_EQ(s.to_u32string(), U"gr\u00fc\u00df \U0001F600");
        EXPECT_EQ(s.to_wstring(), L"gr\u00fc\u00df \U0001F600");
        EXPECT_EQ(s.at(-1), U'\U0001F600');
        EXPECT_TRUE(raises::python("IndexError", [&] { return s.at(6); }));
        EXPECT_FALSE(s.is_ascii());
        EXPECT_EQ(s.view().data(), s.view().data()) << "a copy each time";
        const std::string_view with_nul("a\0b", 3);
        EXPECT_EQ(il::str::of(py, with_nul).to_string(), with_nul);
        EXPECT_EQ(il::str::of(py, u"\uFEFFx").size(), 2U) << "a mark of the byte order was eaten";
    });
}

TEST(Str, RefusesWhatIsNoText) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        EXPECT_TRUE(raises::python("UnicodeDecodeError", [&] { return il::str::of(py, "\xff"); }));
        const char16_t lone[] = {0xD800, 0};
        EXPECT_TRUE(raises::python("UnicodeDecodeError", [&] { return il::str::of(py, lone); }));
        const il::str surrogate = py.eval("'\\ud800'").as<il::str>();
        EXPECT_TRUE(raises::python("UnicodeEncodeError", [&] { return surrogate.view().size(); }));
        EXPECT_TRUE(
            raises::python("UnicodeEncodeError", [&] { return il::pinned_str(surrogate).size(); }));
    });
}

TEST(Str, HasTheOperationsOfPythons) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::str s = il::str::of(py, " a,b,c ");
        EXPECT_EQ(s.strip().split(",").str(), "['a', 'b', 'c']");
        EXPECT_EQ(s.split(",", 1).str(), "[' a', 'b,c ']");
        EXPECT_EQ(il::str::of(py, "x y").split().str(), "['x', 'y']");
        EXPECT_EQ(il::str::of(py, "-").join(py.eval("['a', 'b']")).to_string(), "a-b");
        EXPECT_EQ(s.replace(",", "").strip().upper().to_string(), "ABC");
        EXPECT_TRUE(s.strip().starts_with("a") && s.strip().ends_with("c"));
        EXPECT_EQ(s.find("b"), 3);
        EXPECT_EQ(s.find("z"), -1);
        EXPECT_EQ(il::str::of(py, "{}+{x}").format(1, il::kw("x") = 2).to_string(), "1+2");
        EXPECT_EQ(il::str::from(py, py.make(12)).to_string(), "12");
        EXPECT_TRUE(il::str::interned(py, "abc def").is(il::str::interned(py, "abc def")));
        EXPECT_EQ(text_of(il::str::of(py, "\xc3\xbc").encode("latin-1")), "\xfc");
        EXPECT_TRUE(raises::python("LookupError", [&] { return s.encode("no such"); }));
        EXPECT_TRUE(raises::python("TypeError", [&] { return s.join(py.make(1)); }));
    });
}

TEST(Bytes, AreSpansWithoutACopy) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::bytes b = il::bytes::of(py, std::string_view("\x00\xff", 2));
        EXPECT_EQ(b.size(), 2U);
        EXPECT_EQ(b.span()[1], std::byte{0xff});
        EXPECT_EQ(b.view().data(), PyBytes_AS_STRING(b.ptr()));
        EXPECT_EQ(il::bytes::of(py, b.span()), b);
        EXPECT_EQ(text_of(il::bytes::from(py, py.eval("[65, 66]"))), "AB");
        EXPECT_EQ(il::bytes::of(py, "\xfc").decode("latin-1").to_string(), "\xc3\xbc");
        EXPECT_TRUE(raises::python("UnicodeDecodeError", [&] { return b.decode(); }));
        EXPECT_EQ(b.decode("ascii", "replace").size(), 2U);
    });
}

TEST(Bytearray, IsWrittenTo) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::bytearray b = il::bytearray::of(py, "abc");
        b.span()[0] = std::byte{'x'};
        EXPECT_EQ(b.view(), "xbc");
        b.append("def");
        b.resize(4);
        EXPECT_EQ(text_of(b.to_bytes()), "xbcd");
        EXPECT_EQ(il::bytearray::from(py, py.make(2)).size(), 2U);
        const il::buffer<std::byte> held(b);
        EXPECT_TRUE(raises::python("BufferError", [&] {
            b.append("x");
            return 0;
        }));
    });
}

TEST(Pinned, TextIsReadDetachedAndDroppedAnywhere) {
    const il::interpreter python;
    il::owned<il::object> text =
        il::with_gil([](il::python py) { return (py.make("x") * 1000).unbind(); });
    il::pinned_str pinned = il::with_gil([&](il::python py) {
        const il::str s = text.bind(py).as<il::str>();
        const long before = raises::references(s);
        il::pinned_str made(s);
        EXPECT_EQ(made.data(), s.view().data()) << "copied";
        EXPECT_EQ(raises::references(s), before + 1);
        const auto count = [](const il::pinned_str& view) {
            std::size_t found = 0;
            for (const char c : view) {
                found += c == 'x' ? 1 : 0;
            }
            return found;
        };
        EXPECT_EQ(py.allow_threads(count, made), 1000U);
        EXPECT_EQ(py.allow_threads([](const il::pinned_str& v) { return v.view().size(); }, made),
                  1000U);
        return made;
    });
    std::thread([moved = std::move(pinned)]() mutable {
        const il::pinned_str dying = std::move(moved);
        EXPECT_EQ(dying.view().front(), 'x');
        EXPECT_TRUE(moved.empty());
    }).join();
    il::with_gil([&](il::python py) {
        py.run("for _ in range(1000): pass");
        const il::str s = text.bind(py).as<il::str>();
        EXPECT_EQ(raises::references(s), 2) << "not released once";
    });
}

TEST(Pinned, BindsClonesAndDrops) {
    const il::interpreter python;
    il::with_gil([](il::python py) {
        const il::bytes b = il::bytes::of(py, "data");
        il::pinned_bytes one(b);
        const il::pinned_bytes two = one.clone(py);
        EXPECT_TRUE(one.bind(py).is(b));
        EXPECT_EQ(two.span().size(), 4U);
        one.drop(py);
        EXPECT_EQ(one.size(), 0U);
        EXPECT_THROW(static_cast<void>(one.bind(py)), std::logic_error);
        il::pinned_str text(il::str::of(py, "text"));
        il::pinned_str& same = text;
        text = std::move(same);
        EXPECT_EQ(std::string_view(text), "text") << "lost by assigning it to itself";
        EXPECT_STREQ(text.c_str(), "text");
        text = il::pinned_str(il::str::of(py, "other"));
        EXPECT_EQ(text.view(), "other");
    });
}

TEST(Pinned, OutlivesTheInterpreter) {
    std::optional<il::pinned_str> late;
    {
        const il::interpreter python;
        late = il::with_gil([](il::python py) { return il::pinned_str(il::str::of(py, "late")); });
    }
    late.reset();
    EXPECT_FALSE(late);
}
