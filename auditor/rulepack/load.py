"""Loading packs: which file a reference means, what it includes and overrides, every problem at once.

A reference is the id of a shipped pack or a path. An id means the shipped pack and
nothing else: a file of that name in the current folder is never looked at, because a stray file must not
weaken an audit.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from auditor.model.rule import AppIdentity, Pack, Rule
from auditor.rulepack.app import read_app
from auditor.rulepack.build import Document, build_rule, read_document, rule_id
from auditor.rulepack.errors import PackError, Problem, nearest
from auditor.rulepack.overrides import PackOverrides, override_sections
from auditor.rulepack.shape import Section
from auditor.rulepack.yamltree import read_tree

PACK_KEYS = ("id", "version", "title", "document", "extends", "includes", "app", "override", "rules")

_PACK_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_SUFFIXES = (".yaml", ".yml")


class _Raw(Struct):
    """A rule before it is built: overrides gather on the way up through the files that include it."""

    section: Section
    pack: str
    document: Document
    overrides: list[Section]


class _File(Struct):
    """One pack file, read, with what it includes folded in."""

    id: str
    version: str
    title: str
    app: AppIdentity | None
    rules: dict[str, _Raw]
    digests: dict[str, bytes]
    """File → its bytes, in order of inclusion."""
    extends: str | None = None
    """Id of the pack that this one takes the place of."""


def shipped_ids(shipped: Path) -> tuple[str, ...]:
    """The ids of the shipped packs, sorted; those that only others include are among them."""
    return tuple(sorted(path.stem for path in shipped.glob("*.yaml")))


def references_in(folder: Path) -> tuple[str, ...]:
    """References to every pack file of an organisation's folder, sorted; :class:`PackError` for none."""
    found = sorted(str(path) for path in folder.glob("*") if path.suffix in _SUFFIXES) if folder.is_dir() else []
    if not found:
        raise PackError(
            [Problem(str(folder), "no rule pack is here", expected="a folder with *.yaml")], "check --rules"
        )
    return tuple(found)


def load_pack(ref: str, *, shipped: Path, overrides: PackOverrides | None = None) -> Pack:
    """The pack that ``ref`` means, ready to evaluate. Raises :class:`PackError` with every problem found."""
    return load_packs([ref], shipped=shipped, overrides=overrides)[0]


def load_packs(refs: Iterable[str], *, shipped: Path, overrides: PackOverrides | None = None) -> tuple[Pack, ...]:
    """The packs that ``refs`` mean, in order.

    A pack that extends another takes its place, where both are named. No pack at all, one id twice, an override or
    a skip of a rule that none of them has: :class:`PackError`.
    """
    overrides = overrides or PackOverrides()
    loader = _Loader(shipped)
    files = [(ref, loader.load(ref)) for ref in refs]
    replaced = {file.extends for _, file in files if file}
    files = [(ref, file) for ref, file in files if file is None or file.id not in replaced]
    problems = loader.problems
    if not files and not problems:
        raise PackError([Problem("packs", "no rule pack is named, so nothing would be checked")], "name one in 'packs'")
    outer = overrides.sections(problems)
    known = {name for _, file in files if file for name in file.rules}
    if known:
        for name in overrides.skip:
            if name not in known:
                problems.append(_no_rule(overrides.source, name, known, "skip"))
        for section in outer:
            if section.rule not in known:
                problems.append(_no_rule(overrides.source, str(section.rule), known, "override"))
    packs: list[Pack] = []
    for ref, file in files:
        if file is None:
            continue
        if file.app is None:
            message = f"the pack {file.id!r} says nothing of an app, so it cannot be asked by itself"
            problems.append(Problem(ref, message, expected=f"a pack that includes it, or an 'app' block in {ref}"))
        if any(pack.id == file.id for pack in packs):
            problems.append(Problem(ref, f"a pack with the id {file.id!r} was loaded before it", expected="another id"))
        rules = _built(file, outer)
        if file.app is not None and rules is not None:
            packs.append(_pack(ref, file, file.app, rules, overrides.skip))
    if problems:
        raise PackError(problems)
    return tuple(packs)


def lint(path: str, *, shipped: Path) -> list[Problem]:
    """Every problem of the pack at ``path`` or of a shipped id. A pack to be included needs no ``app``."""
    loader = _Loader(shipped)
    file = loader.load(path)
    if file is not None:
        _built(file, [])
    return loader.problems


def app_of(ref: str, *, shipped: Path) -> AppIdentity | None:
    """The app that a pack is about, without its rules being built; None for a pack that only others include."""
    loader = _Loader(shipped)
    file = loader.load(ref)
    if file is None:
        raise PackError(loader.problems)
    return file.app


def _built(file: _File, outer: list[Section]) -> list[Rule] | None:
    rules = [
        build_rule(
            raw.section,
            document=raw.document,
            pack=raw.pack,
            overrides=[*raw.overrides, *(section for section in outer if section.rule == name)],
        )
        for name, raw in file.rules.items()
    ]
    built = [rule for rule in rules if rule is not None]
    return built if len(built) == len(rules) else None


def _pack(ref: str, file: _File, app: AppIdentity, rules: list[Rule], skip: tuple[str, ...]) -> Pack:
    digest = hashlib.sha256()
    for data in file.digests.values():
        digest.update(data)
    return Pack(
        id=file.id,
        version=file.version,
        title=file.title,
        sha256=digest.hexdigest(),
        source=Path(ref).name,
        app=app,
        rules=tuple(rules),
        skipped=tuple(sorted(rule.id for rule in rules if rule.id in skip or not rule.enabled)),
    )


def _no_rule(file: str, name: str, known: set[str], key: str) -> Problem:
    message = f"there is no rule {name!r}{nearest(name, known)}"
    return Problem(file, message, rule=name, key=key, expected="the id of a rule of the packs in use")


class _Loader:
    """Reads files, each once; notes problems and goes on."""

    def __init__(self, shipped: Path) -> None:
        self._shipped = shipped
        self._ids = shipped_ids(shipped)
        self.problems: list[Problem] = []
        self._stack: list[Path] = []

    def load(self, ref: str) -> _File | None:
        path = self._path(ref, None)
        return self._file(path, ref) if path else None

    def _path(self, ref: str, beside: Section | None) -> Path | None:
        """Where a reference points: an id to a shipped pack, a path from the including file or the folder."""
        if ref in self._ids:
            return self._shipped / f"{ref}.yaml"
        looks_like_path = "/" in ref or "\\" in ref or ref.endswith(_SUFFIXES)
        if looks_like_path:
            path = Path(beside.tree.file).parent / ref if beside and not Path(ref).is_absolute() else Path(ref)
            if path.is_file():
                return path
            message, expected = f"there is no file {str(path)!r}", "the path of a pack file"
        else:
            message = f"there is no shipped pack {ref!r}{nearest(ref, self._ids)}"
            expected = f"one of {', '.join(self._ids)}, or a path with '/' or '.yaml' in it"
        if beside is None:
            self.problems.append(Problem(ref, message, expected=expected))
        else:
            beside.problem("includes" if "includes" in beside.value else "extends", message, expected)
        return None

    def _file(self, path: Path, name: str) -> _File | None:
        resolved = path.resolve()
        if resolved in self._stack:
            chain = " → ".join([*(entry.name for entry in self._stack), path.name])
            self.problems.append(Problem(name, f"the pack includes itself: {chain}"))
            return None
        try:
            data = path.read_bytes()
        except OSError as error:
            message = f"the file cannot be read: {error.strerror or error}"
            self.problems.append(Problem(name, message, expected="a file that can be read"))
            return None
        try:
            tree = read_tree(data, str(path) if name not in self._ids else path.name)
        except PackError as error:
            self.problems.extend(error.problems)
            return None
        if not isinstance(tree.value, dict):
            self.problems.append(Problem(tree.file, "the file holds no mapping", line=1, expected="a rule pack"))
            return None
        self._stack.append(resolved)
        try:
            return self._read(Section(tree, tree.value, (), self.problems), resolved, data)
        finally:
            self._stack.pop()

    def _read(self, section: Section, resolved: Path, data: bytes) -> _File | None:
        section.known_keys(PACK_KEYS)
        pack_id = section.text("id", required=True)
        if pack_id is not None and not _PACK_ID.fullmatch(pack_id):
            section.problem("id", f"{pack_id!r} is no pack id", "lower-case words joined by hyphens")
        version = section.text("version", required=True, numbers=True)
        title = section.text("title", required=True)
        document = read_document(section.mapping("document"))
        block = section.mapping("app")
        app = read_app(block) if block else None
        rules: dict[str, _Raw] = {}
        digests = {str(resolved): data}
        extended: str | None = None
        base = section.text("extends")
        for ref in ([base] if base else []) + list(section.texts("includes")):
            path = self._path(ref, section)
            inner = self._file(path, ref if ref in self._ids else str(path)) if path else None
            if inner is None:
                continue
            if ref == base:
                app = app or inner.app
                extended = inner.id
            new = {file: content for file, content in inner.digests.items() if file not in digests}
            for name, raw in inner.rules.items():
                if name in rules and rules[name].section.tree.file != raw.section.tree.file:
                    section.problem(
                        "includes", f"{ref!r} brings the rule {name}, which is there already", "one of them"
                    )
                rules.setdefault(name, raw)
            digests |= new
        own = self._own_rules(section, pack_id or "", document, rules)
        # A pack's own rules come first: they are what it is about.
        rules = {**own, **{name: raw for name, raw in rules.items() if name not in own}}
        if not rules and not self.problems:
            section.problem("rules", "the pack holds no rule, so everything would pass", "at least one rule")
        for override in override_sections(section):
            if override.rule in rules:
                rules[override.rule].overrides.append(override)
            else:
                override.problem(None, f"there is no rule {override.rule!r}{nearest(str(override.rule), rules)}")
        if pack_id is None or version is None or title is None:
            return None
        return _File(pack_id, version, title, app, rules, digests, extended)

    def _own_rules(
        self, section: Section, pack_id: str, document: Document, included: dict[str, _Raw]
    ) -> dict[str, _Raw]:
        own: dict[str, _Raw] = {}
        for rule in section.mappings("rules"):
            name = rule_id(rule)
            if name is None:
                continue
            rule.rule = name
            if name in own or name in included:
                first = own[name].section if name in own else included[name].section
                where = f"{first.tree.file}:{first.tree.line(first.place)}"
                rule.problem("id", f"the id {name} is given twice (first at {where})", "an id of its own")
                continue
            own[name] = _Raw(rule, pack_id, document, [])
        return own
