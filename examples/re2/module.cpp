// re2: the RE2 library as a Python module that is used like re.
//
// RE2 finds a match in time that is linear in the text, whatever the pattern: one that comes from a user can be run. It has no
// back-references and no look-around. Long texts are searched with the interpreter released.

#include "search.hpp"

#include <functional>
#include <limits>

namespace il = interlock;

template <>
struct il::converter<regex::options>
    : il::dataclass<"re2.Options", il::frozen, il::kw_only, il::with_defaults,
                    il::members_of<regex::options>> {};

template <>
struct il::converter<regex::source> {
    static constexpr const char* python_type = "str | bytes";
    static std::optional<regex::source> from_python(const il::object& value) {
        if (auto text = value.try_as<std::string>()) {
            return regex::source{std::move(*text), false};
        }
        if (il::isinstance<il::bytes>(value)) {
            const auto data = value.as<il::bytes>();
            return regex::source{std::string(data.view()), true};
        }
        return std::nullopt;
    }
    static il::object to_python(il::python py, const regex::source& value) {
        const il::bytes data = il::bytes::of(py, value.data);
        return value.is_bytes ? il::object(data) : il::object(data.decode("utf-8", "replace"));
    }
};

template <>
struct il::converter<regex::subject> {
    static constexpr const char* python_type = "str | bytes";
    static std::optional<regex::subject> from_python(const il::object& value) {
        if (il::isinstance<il::str>(value)) {
            return regex::subject(value.as<il::str>());
        }
        if (il::isinstance<il::bytes>(value)) {
            return regex::subject(value.as<il::bytes>());
        }
        return std::nullopt;
    }
};

namespace {

using namespace regex;

constexpr auto no_limit = std::numeric_limits<std::ptrdiff_t>::max();

std::shared_ptr<pattern> compile(source text, const options& chosen) {
    return std::make_shared<pattern>(std::move(text), chosen);
}
// As a handle: a shared_ptr could be null, and its type would say so.
using pattern_handle = il::instance<pattern>;
pattern_handle compile_with(il::python py, source text, const il::kwargs& fields) {
    const il::object chosen = il::class_of<options>(py)(il::unpack_kw(fields));
    return py.make(compile(std::move(text), chosen.as<options>())).as<pattern_handle>();
}
pattern_handle pattern_of_match(il::python py, const match& m) {
    return py.make(m.of()).as<pattern_handle>();
}
std::pair<source, options> pattern_state(const pattern& p) { return {p.text(), p.chosen()}; }
std::shared_ptr<pattern> pattern_from(std::pair<source, options> state) {
    return compile(std::move(state.first), state.second);
}
std::string pattern_repr(il::python py, const pattern& p) {
    std::string made = "re2.compile(" + py.make(p.text()).repr();
    if (p.chosen() != options()) {
        const il::object fields = py.make(p.chosen()).attr("__dict__");
        const il::object defaults = py.make(options()).attr("__dict__");
        for (auto [name, value] : fields.as<il::dict>()) {
            if (value != defaults[name]) {
                made += ", " + name.as<std::string>() + "=" + value.repr();
            }
        }
    }
    return made + ")";
}

template <RE2::Anchor Anchor, bool Whole = false>
std::optional<match> find(il::python py, const std::shared_ptr<pattern>& self, subject text,
                          std::ptrdiff_t pos, std::ptrdiff_t endpos) {
    constexpr const char* name = Anchor == RE2::UNANCHORED     ? "search"
                                 : Anchor == RE2::ANCHOR_START ? "match"
                                                               : "fullmatch";
    scanner at(self, std::move(text), name, pos, endpos);
    return at.next(py, Anchor) ? std::optional(at.current()) : std::nullopt;
}

matches finditer(std::shared_ptr<pattern> self, subject text, std::ptrdiff_t pos,
                 std::ptrdiff_t endpos) {
    return matches(scanner(std::move(self), std::move(text), "finditer", pos, endpos));
}

// What one match counts for in findall() and split(): a group that took no part is empty in the one and None in the other.
il::object part_or(il::python py, const subject& text, std::string_view shown, const span& group,
                   const il::object& otherwise) {
    return group.exists() ? text.part(py, group.of(shown)) : otherwise;
}

constexpr auto find_all = [](const pattern& p, std::string_view text, std::size_t from,
                             std::size_t at_most) { return p.find_all(text, from, at_most); };

il::list findall(il::python py, const pattern& self, subject text, std::ptrdiff_t pos,
                 std::ptrdiff_t endpos) {
    require_same_kind("findall", self, text.is_bytes());
    const std::string_view shown = text.view().substr(0, text.byte_of(endpos));
    const auto all = detached_if_long(py, find_all, self, shown, text.byte_of(pos),
                                      std::numeric_limits<std::size_t>::max());
    const il::object empty = text.part(py, "");
    const std::size_t groups = self.groups();
    il::list found = il::list::make(py);
    for (std::size_t i = 0; i < all.size(); i += groups + 1) {
        if (groups < 2) {
            found.append(part_or(py, text, shown, all[i + groups], empty));
            continue;
        }
        il::list parts = il::list::make(py);
        for (std::size_t g = 1; g <= groups; ++g) {
            parts.append(part_or(py, text, shown, all[i + g], empty));
        }
        found.append(parts.to_tuple());
    }
    return found;
}

std::size_t at_most(std::ptrdiff_t count) {
    return count > 0    ? static_cast<std::size_t>(count)
           : count == 0 ? std::numeric_limits<std::size_t>::max()
                        : 0;
}

il::list split(il::python py, const pattern& self, subject text, std::ptrdiff_t maxsplit) {
    require_same_kind("split", self, text.is_bytes());
    const std::string_view whole = text.view();
    const auto all = detached_if_long(py, find_all, self, whole, std::size_t(0), at_most(maxsplit));
    const il::object none = py.none();
    il::list parts = il::list::make(py);
    std::size_t from = 0;
    for (std::size_t i = 0; i < all.size(); i += self.groups() + 1) {
        parts.append(text.part(py, whole.substr(from, all[i].from - from)));
        for (std::size_t g = 1; g <= self.groups(); ++g) {
            parts.append(part_or(py, text, whole, all[i + g], none));
        }
        from = all[i].to;
    }
    parts.append(text.part(py, whole.substr(from)));
    return parts;
}

using by_function = il::callback<source(match)>;
using replacement_or_function = std::variant<source, by_function>;
using replaced = std::pair<il::object, std::size_t>;

replaced replace_by_calls(il::python py, std::shared_ptr<pattern> self, subject text,
                          const by_function& f, std::size_t at_most) {
    scanner at(std::move(self), std::move(text), "sub", 0, no_limit);
    const std::string_view whole = at.shown();
    std::string out;
    std::size_t copied = 0;
    std::size_t count = 0;
    for (; count < at_most && at.next(py, RE2::UNANCHORED); ++count) {
        const span all = at.found().front();
        out += whole.substr(copied, all.from - copied);
        const source made = f(at.current());
        if (made.is_bytes != at.text().is_bytes()) {
            throw il::type_error(
                "Pattern.sub(): the function returned another kind of text than it was given");
        }
        out += made.data;
        copied = all.to;
    }
    out += whole.substr(copied);
    return {at.text().part(py, out), count};
}

replaced subn(il::python py, std::shared_ptr<pattern> self, const replacement_or_function& repl,
              subject text, std::ptrdiff_t count) {
    require_same_kind("sub", *self, text.is_bytes());
    if (const auto* f = std::get_if<by_function>(&repl)) {
        return replace_by_calls(py, std::move(self), std::move(text), *f, at_most(count));
    }
    const auto& written = std::get<source>(repl);
    require_same_kind("sub", *self, written.is_bytes);
    const replacement by(written, *self);
    auto [made, times] = detached_if_long(
        py,
        [](const pattern& p, std::string_view whole, const replacement& r, std::size_t n) {
            return r.replace(p, whole, n);
        },
        *self, text.view(), by, at_most(count));
    return {text.part(py, made), times};
}
il::object sub(il::python py, std::shared_ptr<pattern> self, const replacement_or_function& repl,
               subject text, std::ptrdiff_t count) {
    return subn(py, std::move(self), repl, std::move(text), count).first;
}

std::vector<int> match_set(il::python py, const pattern_set& self, const subject& text) {
    if (!self.patterns().empty() && self.is_bytes() != text.is_bytes()) {
        throw il::type_error("Set.match(): the text is of another kind than the patterns");
    }
    constexpr auto match = [](const pattern_set& s, std::string_view all) { return s.match(all); };
    return text.view().size() < long_text ? match(self, text.view())
                                          : py.allow_threads(match, self, text.view());
}

using set_state = std::tuple<std::vector<source>, RE2::Anchor, options>;
set_state state_of_set(const pattern_set& s) { return {s.patterns(), s.anchor(), s.chosen()}; }
std::shared_ptr<pattern_set> set_from(set_state state) {
    return std::make_shared<pattern_set>(std::move(std::get<0>(state)), std::get<1>(state),
                                         std::get<2>(state));
}

void bind_enumerations(il::module& m) {
    il::enum_<RE2::ErrorCode>(m, "ErrorCode", "What is wrong with a pattern.")
        .value("internal", RE2::ErrorInternal)
        .value("bad_escape", RE2::ErrorBadEscape)
        .value("bad_char_class", RE2::ErrorBadCharClass)
        .value("bad_char_range", RE2::ErrorBadCharRange)
        .value("missing_bracket", RE2::ErrorMissingBracket)
        .value("missing_paren", RE2::ErrorMissingParen)
        .value("unexpected_paren", RE2::ErrorUnexpectedParen)
        .value("trailing_backslash", RE2::ErrorTrailingBackslash)
        .value("repeat_argument", RE2::ErrorRepeatArgument)
        .value("repeat_size", RE2::ErrorRepeatSize)
        .value("repeat_op", RE2::ErrorRepeatOp)
        .value("bad_perl_op", RE2::ErrorBadPerlOp)
        .value("bad_utf8", RE2::ErrorBadUTF8)
        .value("bad_named_capture", RE2::ErrorBadNamedCapture)
        .value("pattern_too_large", RE2::ErrorPatternTooLarge);
    il::enum_<RE2::Anchor>(m, "Anchor", "Where the patterns of a Set match.")
        .value("unanchored", RE2::UNANCHORED, "Anywhere.")
        .value("start", RE2::ANCHOR_START, "At the beginning of the text.")
        .value("both", RE2::ANCHOR_BOTH, "The whole text.");
}

void bind_match(il::module& m) {
    const auto group = [] { return il::arg("group") = 0; };
    const auto otherwise = [](il::python py) { return il::arg("default") = py.none(); };
    il::class_<match>(m, "Match", "Where a pattern was found.", il::frozen)
        .def("group", il::overload<il::object(il::python, il::args) const>(&match::group),
             il::sig("group(self, *groups: int | str) -> Any"),
             "One group, or a tuple of several; without an argument the match as a whole.")
        .def<&match::groups>("groups", "All groups.", otherwise(m.py()))
        .def<&match::groupdict>("groupdict", "All groups that have a name.", otherwise(m.py()))
        .def<&match::start>("start", group())
        .def<&match::end>("end", group())
        .def<&match::span_of>("span", group())
        .def<&match::expand>("expand", "A replacement with the groups put in, as sub() does.",
                             il::arg("template"))
        .def("__getitem__", [](il::python py, const match& self,
                               const group_key& key) { return self.group(py, key, py.none()); })
        .def<&match::repr>("__repr__")
        .def_property<&pattern_of_match>("re")
        .def_property<&match::text>("string")
        .def_property<&match::from>("pos")
        .def_property<&match::to>("endpos");
}

void bind_pattern(il::module& m) {
    const auto text = [] { return il::arg("string"); };
    const auto pos = [] { return il::arg("pos") = 0; };
    const auto endpos = [] { return il::arg("endpos") = no_limit; };
    const auto count = [] { return il::arg("count") = 0; };
    il::class_<pattern, std::shared_ptr<pattern>>(m, "Pattern",
                                                  "A compiled pattern. Threads may share it.",
                                                  il::frozen, il::weak_referenceable)
        .def(il::init(&compile), il::arg("pattern"), il::arg("options") = options())
        .def<&find<RE2::UNANCHORED>>("search", "The first match.", text(), pos(), endpos())
        .def<&find<RE2::ANCHOR_START>>("match", "A match that begins at pos.", text(), pos(),
                                       endpos())
        .def<&find<RE2::ANCHOR_BOTH>>("fullmatch", "A match of all the text.", text(), pos(),
                                      endpos())
        .def<&finditer>("finditer", "All matches, one after the other.", text(), pos(), endpos())
        .def<&findall>("findall",
                       "The text of all matches; of their groups, where the pattern has some.",
                       text(), pos(), endpos())
        .def<&split>("split", "The text between the matches, and the groups.", text(),
                     il::arg("maxsplit") = 0)
        .def<&sub>("sub",
                   "The text with matches replaced, by a text with \\1 and \\g<name> in it or by a "
                   "function of the match.",
                   il::arg("repl"), text(), count())
        .def<&subn>("subn", "What sub() gives, and how many were replaced.", il::arg("repl"),
                    text(), count())
        .def_property<&pattern::text>("pattern")
        .def_property<&pattern::chosen>("options")
        .def_property<&pattern::groups>("groups")
        .def_property<[](const pattern& p) -> std::map<std::string, int> {
            return p.compiled().NamedCapturingGroups();
        }>("groupindex")
        .def_property<[](const pattern& p) { return p.compiled().ProgramSize(); }>("program_size")
        .def("__eq__",
             [](const pattern& a, const pattern& b) {
                 return a.text() == b.text() && a.chosen() == b.chosen();
             })
        .def("__hash__", [](const pattern& p) { return std::hash<std::string>{}(p.text().data); })
        .def("__repr__", &pattern_repr)
        .def(il::pickle<&pattern_state, &pattern_from>());
}

void bind_set(il::module& m) {
    il::class_<pattern_set, std::shared_ptr<pattern_set>>(
        m, "Set", "Patterns that are searched for all at once.", il::frozen)
        .def(il::init<std::vector<source>, RE2::Anchor, options>(), il::arg("patterns"),
             il::arg("anchor") = RE2::UNANCHORED, il::arg("options") = options())
        .def<&match_set>("match", "The places in `patterns` of those that match.",
                         il::arg("string"))
        .def("__len__", [](const pattern_set& s) { return s.patterns().size(); })
        .def_property<&pattern_set::patterns>("patterns")
        .def_property<&pattern_set::anchor>("anchor")
        .def_property<&pattern_set::chosen>("options")
        .def(il::pickle<&state_of_set, &set_from>());
}

}  // namespace

INTERLOCK_MODULE(re2, m) {
    m.doc("Regular expressions that take linear time: RE2, used like re.");
    bind_enumerations(m);
    il::exception_<pattern_error, il::value_error>(m, "Error")
        .def_readonly<&pattern_error::code>("code")
        .def_readonly<&pattern_error::pattern>("pattern")
        .def_readonly<&pattern_error::argument>("argument");
    m.add("Options", il::class_of<options>(m.py()));
    bind_match(m);
    bind_pattern(m);
    bind_set(m);
    m.def<&compile_with>(
        "compile", "A Pattern, with the fields of Options as keywords.",
        il::sig(
            "compile(pattern: str | bytes, *, case_sensitive: bool = True, dot_nl: bool = False, "
            "literal: bool = False, longest_match: bool = False, never_capture: bool = False, "
            "never_nl: bool = False, posix_syntax: bool = False, perl_classes: bool = False, "
            "word_boundary: bool = False, one_line: bool = False, max_mem: int = 8388608) -> "
            "Pattern"),
        il::arg("pattern"));
    m.def(
        "escape",
        [](const source& text) { return source{RE2::QuoteMeta(text.data), text.is_bytes}; },
        "The pattern that matches the text as it is.", il::arg("text"));
}
