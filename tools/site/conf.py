"""How Sphinx makes the site of what stage.py has laid out. Run by build.py."""

import re
from pathlib import Path

version_file = Path(__file__).resolve().parents[2] / "include/interlock/version.hpp"
numbers = re.findall(r"#define INTERLOCK_VERSION_\w+ (\d+)", version_file.read_text("utf-8"))

project = "interlock"
release = version = ".".join(numbers)
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns: list[str] = []
pygments_style = "default"
pygments_dark_style = "github-dark"

myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]
# C++ on the pages is C++ as compilers take it; what the highlighter does not know is not wrong.
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = True

html_theme = "furo"
html_title = f"interlock {release}"
html_static_path = [str(Path(__file__).resolve().parent / "static")]
html_css_files = ["site.css"]
html_search_scorer = str(Path(__file__).resolve().parent / "ranking.js")
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
html_theme_options = {
    "top_of_page_buttons": [],
    "footer_icons": [],
    "light_css_variables": {"color-brand-primary": "#2a4d8f", "color-brand-content": "#2a4d8f"},
    "dark_css_variables": {"color-brand-primary": "#9dbcf5", "color-brand-content": "#9dbcf5"},
}

copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = False
