// timeline.svg: written by hand, since a picture of bars needs no library.
//
// A pass holds thousands of stretches of a few microseconds, far more than a picture has columns.
// The overview shows for each column which part of its time a thread held the interpreter (bottom)
// and waited for it (above); what is left was spent outside. The closer look shows two milliseconds
// stretch by stretch.
#include "findings.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

namespace near_duplicates {

namespace {

constexpr double width = 1100;
constexpr double plot_left = 110;
constexpr double plot_width = 960;
constexpr double row_height = 24;
constexpr double row_gap = 5;
constexpr double closer_look_seconds = 0.002;
constexpr std::size_t most_rows = 16;

struct legend_entry {
    activity what;
    std::string_view css;
    std::string_view text;
};
constexpr std::array legend = {
    legend_entry{activity::waiting, "waiting", "waiting for the interpreter"},
    legend_entry{activity::holding, "attached", "attached: holds the interpreter"},
    legend_entry{activity::outside, "detached", "detached: C++ outside of the interpreter"},
};

// The colours can be told apart by colour-blind people (Okabe and Ito) and on light and dark
// ground.
constexpr std::string_view style = R"(<style>
  text { font: 13px system-ui, sans-serif; fill: #333 }
  .title { font-weight: 600; font-size: 14px }
  .ground { fill: #fff }
  .line { stroke: #999; stroke-width: 1; fill: none }
  .waiting { fill: #d55e00 }
  .attached { fill: #0072b2 }
  .detached { fill: #a9d8c8 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd }
    .ground { fill: #16181c }
    .line { stroke: #777 }
    .detached { fill: #2f6b5a }
  }
</style>
)";

std::string number(double value, int digits = 1) {
    char text[48];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

// The largest of 1, 2, 5, 10, ... that gives at least five ticks.
double tick_of(double span) {
    const double magnitude = std::pow(10.0, std::floor(std::log10(span / 5)));
    const double rest = span / 5 / magnitude;
    return magnitude * (rest >= 5 ? 5 : rest >= 2 ? 2 : 1);
}

struct window {
    double begin = 0;
    double end = 0;

    double span() const noexcept { return end - begin; }
    double x(double time) const noexcept {
        return plot_left + (time - begin) / span() * plot_width;
    }
};

class picture {
public:
    void text(double x, double y, std::string_view what, std::string_view attributes = {}) {
        body_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" " +
                 std::string(attributes) + ">" + std::string(what) + "</text>\n";
    }
    void heading(std::string_view what) {
        y_ += 24;
        text(20, y_, what, "class=\"title\"");
        y_ += 10;
    }
    void row_name(std::string_view name) {
        text(plot_left - 10, y_ + row_height * 0.7, name, "text-anchor=\"end\"");
    }
    void bar(double x, double w, double top, double h, std::string_view css) {
        body_ += "<rect class=\"" + std::string(css) + "\" x=\"" + number(x, 2) + "\" y=\"" +
                 number(top) + "\" width=\"" + number(w, 2) + "\" height=\"" + number(h) + "\"/>\n";
    }
    void shape(const std::string& points, std::string_view css) {
        body_ += "<path class=\"" + std::string(css) + "\" d=\"" + points + "\"/>\n";
    }

    void overview(const thread_timeline& thread, window time);
    void closer_look(const thread_timeline& thread, window time);
    void axis(window time);
    void key();
    std::string finish() const;

private:
    std::string body_;
    double y_ = 10;
};

void picture::key() {
    double x = 20;
    y_ += 14;
    for (const legend_entry& e : legend) {
        bar(x, 14, y_ - 11, 14, e.css);
        text(x + 20, y_, e.text);
        x += 40 + 7.2 * static_cast<double>(e.text.size());
    }
}

void picture::overview(const thread_timeline& thread, window time) {
    constexpr std::size_t columns = 480;
    std::array<double, columns> held{};
    std::array<double, columns> waited{};
    const double column = time.span() / columns;
    for (const stretch& s : thread.stretches) {
        if (s.what == activity::outside) {
            continue;
        }
        auto& shares = s.what == activity::holding ? held : waited;
        const auto first = static_cast<std::size_t>(std::max(0.0, s.begin / column));
        for (std::size_t c = first; c < columns && static_cast<double>(c) * column < s.end; ++c) {
            const double from = std::max(s.begin, static_cast<double>(c) * column);
            const double to = std::min(s.end, static_cast<double>(c + 1) * column);
            shares[c] += std::max(0.0, to - from) / column;
        }
    }
    // Both shares as areas with steps: the upper edge from left to right, the lower one back.
    const double base = y_ + row_height;
    const auto edge = [&](std::size_t c, double share) {
        const double x = plot_left + static_cast<double>(c) * plot_width / columns;
        const std::string y = number(base - std::min(share, 1.0) * row_height);
        return number(x) + "," + y + " " + number(x + plot_width / columns) + "," + y + " ";
    };
    std::string below = "M";
    std::string above = "M";
    std::string back;
    for (std::size_t c = 0; c < columns; ++c) {
        below += edge(c, held[c]);
        above += edge(c, held[c] + waited[c]);
    }
    for (std::size_t c = columns; c-- > 0;) {
        const double x = plot_left + static_cast<double>(c) * plot_width / columns;
        const std::string y = number(base - std::min(held[c], 1.0) * row_height);
        back.append(number(x + plot_width / columns)).append(",").append(y);
        back.append(" ").append(number(x)).append(",").append(y).append(" ");
    }
    row_name(thread.name);
    const double end = time.x(std::min(thread.stretches.back().end, time.end));
    bar(plot_left, end - plot_left, y_, row_height, "detached");
    shape(above + back + "Z", "waiting");
    shape(below + number(plot_left + plot_width) + "," + number(base) + " " + number(plot_left) +
              "," + number(base) + "Z",
          "attached");
    y_ += row_height + row_gap;
}

void picture::closer_look(const thread_timeline& thread, window time) {
    row_name(thread.name);
    for (const stretch& s : thread.stretches) {
        const double from = std::max(s.begin, time.begin);
        const double to = std::min(s.end, time.end);
        if (from < to) {
            const auto entry =
                std::find_if(legend.begin(), legend.end(),
                             [&](const legend_entry& e) { return e.what == s.what; });
            // What is shorter than a pixel is still to be seen, and is drawn over what surrounds
            // it.
            const double least = s.what == activity::outside ? 0 : 1.5;
            bar(time.x(from), std::max(time.x(to) - time.x(from), least), y_, row_height,
                entry->css);
        }
    }
    y_ += row_height + row_gap;
}

void picture::axis(window time) {
    const double tick = tick_of(time.span());
    const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(tick) - 1e-9)));
    std::string marks = "M" + number(plot_left) + "," + number(y_) + "h" + number(plot_width);
    for (double n = std::ceil(time.begin / tick); n * tick <= time.end * (1 + 1e-9); ++n) {
        const double x = time.x(n * tick);
        marks += "M" + number(x) + "," + number(y_) + "v5";
        text(x, y_ + 19, number(n * tick, digits), "text-anchor=\"middle\"");
    }
    shape(marks, "line");
    text(plot_left + plot_width / 2, y_ + 37, "seconds since the pass began",
         "text-anchor=\"middle\"");
    y_ += 44;
}

std::string picture::finish() const {
    const std::string wide = number(width, 0);
    const std::string high = number(y_ + 12, 0);
    return R"(<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 )" + wide + " " +
           high + R"(" width=")" + wide + R"(" height=")" + high + R"(">
<title>What each thread did: waited for the interpreter, held it, or worked outside of it</title>
)" + std::string(style) +
           R"(<rect class="ground" width="100%" height="100%"/>
)" + body_ +
           "</svg>\n";
}

}  // namespace

std::string timeline_svg(const findings& found) {
    picture drawn;
    drawn.key();

    window whole;
    std::vector<const measurement*> shown;
    for (const mode how : all_modes) {
        if (const measurement* m = find(found.measurements, how, found.asked.threads)) {
            shown.push_back(m);
            whole.end = std::max(whole.end, m->best.seconds());
        }
    }
    if (shown.empty()) {
        drawn.heading("Nothing was measured.");
        return drawn.finish();
    }
    for (const measurement* m : shown) {
        drawn.heading(std::string(title_of(m->best.how)) + ": " + number(m->best.seconds(), 3) +
                      " s");
        auto rows = timelines_of(m->best, found.main_thread, !found.asked.free_threaded);
        rows.resize(std::min(rows.size(), most_rows));
        for (const thread_timeline& row : rows) {
            drawn.overview(row, whole);
        }
    }
    drawn.axis(whole);

    for (const measurement* m : shown) {
        const double middle = m->best.seconds() / 2;
        const window closer{middle, std::min(middle + closer_look_seconds, m->best.seconds())};
        if (m->best.how == mode::native || closer.span() <= 0) {
            continue;
        }
        drawn.heading("closer look at " + std::string(title_of(m->best.how)));
        auto rows = timelines_of(m->best, found.main_thread, !found.asked.free_threaded);
        rows.resize(std::min(rows.size(), most_rows));
        for (const thread_timeline& row : rows) {
            drawn.closer_look(row, closer);
        }
        drawn.axis(closer);
    }
    return drawn.finish();
}

}  // namespace near_duplicates
