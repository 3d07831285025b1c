"""What a check has found, and what it has proved.

finding   where: what. what to do          one line each; any of them makes the exit code 1
proved    what was looked at and held       exit code 0 when nothing was found
open      what could not be looked at, and what would make it possible
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from lstmprep.records import record
from lstmprep.wording import place_of


@record(frozen=True)
class Finding:
    """One thing that is wrong.

    Parameters
    ----------
    code : str
        Its kind, for a program: ``digest``, ``shape``, ``leak``, ...
    where : str
        The file, or the field of the manifest.
    what : str
        The fact, with numbers.
    fix : str
        What to do about it.

    Examples
    --------
    >>> print(Finding("shape", "y.npy", "21 samples, and X has 1", "Give both as many."))
    y.npy: 21 samples, and X has 1. Give both as many.
    """

    code: str
    where: str
    what: str
    fix: str = "Write the output again."

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.fix}".rstrip()


@record(eq=False)
class Checked:
    """The outcome of a check.

    Attributes
    ----------
    name : str
        What was checked.
    findings : list of Finding
        What is wrong; empty when all is well.
    proved : list of str
        What was looked at and held.
    open : list of str
        What could not be looked at.
    flagged : list of str
        What was done as asked, and is no proof of how a model will do.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    flagged: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def found(self, code: str, where: str, what: str, fix: str = "Write the output again.") -> None:
        """Add a finding; the same one is said once."""
        one = Finding(code, where, what, fix)
        if one not in self.findings:
            self.findings.append(one)

    def to_json(self) -> dict[str, Any]:
        """Plain values, in a fixed order.

        Examples
        --------
        >>> Checked("out", proved=["digests"]).to_json()
        {'checked': 'out', 'ok': True, 'findings': [], 'proved': ['digests'], 'open': [], 'flagged': []}
        """
        told = [{"code": f.code, "where": f.where, "what": f.what, "fix": f.fix} for f in self.findings]
        more = {"proved": self.proved, "open": self.open, "flagged": self.flagged}
        return {"checked": self.name, "ok": self.ok, "findings": told, **more}

    def lines(self) -> list[str]:
        """One line per finding; when there is none, what was proved."""
        if self.findings:
            return [str(f) for f in self.findings]
        head = f"{place_of(self.name)}: nothing found"
        more = [f"  {word}: {line}" for word in ("flagged", "open") for line in getattr(self, word)]
        return [head, *(f"  {line}" for line in self.proved), *more]
