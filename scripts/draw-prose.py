#!/usr/bin/python3
"""Draws prose at random, for a reader who sees it for the first time.

    draw-prose.py SEED

Prints 30 comment blocks, 30 texts of the OpenAPI document and 30 test names, each with its file and line. The same seed
on the same tree draws the same items. `draw-prose.py --all` prints every item. Fewer than 1 in 20 should make a reader stumble.
"""

import itertools
import json
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DRAWN = 30
SHORTEST_COMMENT = 5  # words

COMMENTED = re.compile(r"(crates/[^/]+/(src|tests)/.*\.rs|dashboard/src/.*\.(ts|svelte))$")
COMMENT = re.compile(r"\s*//[/!]?(?P<text>.*)")
OPENAPI = "crates/server/tests/it/snapshots/openapi.json"
RUST_TEST = re.compile(r"\s*#\[(tokio::)?test\b")
RUST_FUNCTION = re.compile(r"\s*(?:pub(?:\([a-z]+\))? )?(?:async )?fn (?P<name>\w+)")
JS_TEST = re.compile(r"\s*test\((?P<quote>['\"`])(?P<name>.*?)(?<!\\)(?P=quote),")


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return sorted(path for path in listed.stdout.split("\0") if (ROOT / path).is_file())


def comment_blocks(path, lines):
    """Consecutive comment lines, with the line of code that follows them."""
    numbered = enumerate(lines, start=1)
    for is_comment, group in itertools.groupby(numbered, key=lambda line: bool(COMMENT.fullmatch(line[1]))):
        if is_comment:
            block = list(group)
            text = [COMMENT.fullmatch(line)["text"].strip() for _, line in block]
            if len(" ".join(text).split()) >= SHORTEST_COMMENT:
                after = block[-1][0]
                code = next((line.strip() for line in lines[after:] if line.strip()), "")
                yield f"{path}:{block[0][0]}", "\n".join(text) + f"\n    > {code}"


def openapi_texts():
    """Descriptions and summaries, each with the place in the document where it stands."""

    def walk(value, place):
        if isinstance(value, dict):
            for key, inner in value.items():
                # Below `properties` a key is the name of a field, not a word of OpenAPI.
                if key in ("description", "summary") and isinstance(inner, str) and place[-1] != "properties":
                    yield " / ".join([*place, key]), inner
                elif key != "example":
                    yield from walk(inner, [*place, key])
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                yield from walk(inner, [*place, str(index)])

    source = (ROOT / OPENAPI).read_text()
    lines = source.splitlines()
    for place, text in walk(json.loads(source), ["#"]):
        line = next((n for n, line in enumerate(lines, start=1) if json.dumps(text, ensure_ascii=False) in line), 0)
        yield f"{OPENAPI}:{line}", f"{text}\n    > {place}"


def test_names(path, lines):
    if path.startswith("crates/") and path.endswith(".rs"):
        is_test = False
        for number, line in enumerate(lines, start=1):
            is_test = is_test or bool(RUST_TEST.match(line))
            function = RUST_FUNCTION.match(line)
            if function and is_test:
                yield f"{path}:{number}", function["name"]
            if function:
                is_test = False
    elif path.startswith(("browser/", "interop/")) and path.endswith((".js", ".mjs", ".ts")):
        for number, line in enumerate(lines, start=1):
            if title := JS_TEST.match(line):
                yield f"{path}:{number}", title["name"]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    comments, tests = [], []
    for path in tracked_files():
        if path.endswith((".rs", ".ts", ".svelte", ".js", ".mjs")):
            lines = (ROOT / path).read_text().splitlines()
            if COMMENTED.match(path):
                comments.extend(comment_blocks(path, lines))
            tests.extend(test_names(path, lines))
    # A text that the document repeats, as for a header of every answer, is one text.
    texts = list({text.split("\n    > ")[0]: (where, text) for where, text in openapi_texts()}.values())

    chance = None if sys.argv[1] == "--all" else random.Random(sys.argv[1])
    for kind, items in (("comment blocks", comments), ("OpenAPI texts", texts), ("test names", tests)):
        drawn = sorted(chance.sample(items, DRAWN)) if chance else items
        print(f"== {kind}: {len(drawn)} of {len(items)}\n")
        for number, (where, text) in enumerate(drawn, start=1):
            print(f"{number}. {where}")
            print("   " + text.replace("\n", "\n   ") + "\n")


if __name__ == "__main__":
    main()
