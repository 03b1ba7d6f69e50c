"""How wide text is on paper, and its lines when the paper is narrower."""

from __future__ import annotations

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

__all__ = ["LINE_SPACING", "width_of", "wrap"]

LINE_SPACING = 1.25
"""Distance between lines of text, in font sizes."""


def width_of(text: str, size: float) -> float:
    """Width in points of the widest line of plain text, set in the current theme's font."""
    font = FontProperties(size=size)
    return max(
        text_to_path.get_text_width_height_descent(line, font, ismath=False)[0]
        for line in text.split("\n")
    )


def wrap(text: str, width: float, size: float) -> str:
    """The text in lines no wider than `width` points; a longer word is cut where it must be."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if width_of(longer, size) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _cut(word, width, size)
            lines += full
        lines.append(line)
    return "\n".join(lines)


def _cut(word: str, width: float, size: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
