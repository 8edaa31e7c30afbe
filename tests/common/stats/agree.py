"""Holds common/stats against R, scipy and a second writing of the decision procedure.

Usage: agree.py DRIVER FOLDER (scratch). Pairs: 1,000 without ties and 300 with, n and m from 1 to
60, constants and outliers among them. Families: the procedure written out once more in numpy and
scipy, sizes whose regroupings are few enough to be all taken. Every seed is fixed.
"""
import itertools
import math
import os
import subprocess
import sys
import warnings

import numpy as np
from scipy import special, stats

DRIVER, FOLDER = sys.argv[1], sys.argv[2]
HERE = os.path.dirname(os.path.abspath(__file__))
failures = 0
warnings.simplefilter("ignore", RuntimeWarning)  # scipy doubts nearly constant sides


def near(what, got, wanted, limit=1e-9):
    global failures
    both_absent = math.isnan(got) and math.isnan(wanted)
    if both_absent or abs(got - wanted) <= limit * max(1e-300, abs(wanted)) or got == wanted:
        return
    failures += 1
    if failures < 30:
        print(f"{what}: {got!r}, expected {wanted!r}")


def line_of(values):
    return " ".join(repr(float(v)) if not isinstance(v, (int, str)) else str(v) for v in values)


def drive(mode, lines):
    run = subprocess.run([DRIVER, mode], input="\n".join(lines) + "\n", capture_output=True,
                         text=True, check=True)
    return [row.split() for row in run.stdout.splitlines()]


# ---- pairs against R and scipy ----------------------------------------------------------------

def make_pairs():
    rng = np.random.default_rng(20240917)
    pairs = []
    for k in range(1300):
        n, m = (int(v) for v in rng.integers(1, 61, 2))
        if k % 3 == 0:
            n, m = (int(v) for v in rng.integers(1, 12, 2))
        a = rng.lognormal(0, 0.05, n) * 100
        b = rng.lognormal(rng.choice([0, 0.02, 0.1]), 0.05, m) * 100
        if k % 7 == 0:
            a[rng.integers(0, n)] *= 10
        if k % 11 == 0:
            b[rng.integers(0, m)] /= 30
        if k >= 1000:
            n, m = (int(v) for v in rng.integers(1, 26 if k % 2 else 61, 2))
            step = rng.choice([1, 2, 5])
            a = np.round(rng.normal(20, 5, n) / step) * step
            b = np.round(rng.normal(22, 5, m) / step) * step
            if k % 10 == 0:
                a[:] = a[0]
        pairs.append((a, b))
    return pairs


def check_pairs():
    pairs = make_pairs()
    lines = [line_of([len(a), len(b), *a, *b]) for a, b in pairs]
    path = os.path.join(FOLDER, "pairs.txt")
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    ours = drive("pairs", lines)
    answer = subprocess.run(["Rscript", os.path.join(HERE, "agree.R"), path], capture_output=True,
                            text=True)
    if answer.returncode != 0:
        sys.exit("agree: R failed (needs r-base-core and r-cran-exactranktests): " + answer.stderr)
    theirs = [[float("nan") if v == "NA" else float(v) for v in row.split()]
              for row in answer.stdout.splitlines()]
    assert len(ours) == len(theirs) == len(pairs)
    intervals = ties_exact = 0
    for k, ((a, b), mine, r) in enumerate(zip(pairs, ours, theirs)):
        ties, exact = int(mine[0]), int(mine[1])
        u, p, p_normal, t, df, p_welch, shift, low, high = (float(v) for v in mine[2:])
        where = f"pair {k} ({len(a)} v {len(b)})"
        near(where + " U", u, r[0])
        if exact:
            near(where + " exact p", p, r[1])
            ties_exact += ties
        else:
            near(where + " p", p, r[2])
        if len(set([*a, *b])) > 1:
            near(where + " normal p", p_normal, r[2])
        # R refuses nearly constant data, scipy does not
        if not math.isnan(t):
            welch = stats.ttest_ind(b, a, equal_var=False)
            near(where + " t", t, float(welch.statistic), 1e-8)
            near(where + " p_welch", p_welch, float(welch.pvalue), 1e-8)
            if not math.isnan(r[3]):
                near(where + " t in R", t, r[3], 1e-8)
                near(where + " df in R", df, r[4], 1e-8)
                near(where + " p_welch in R", p_welch, r[5], 1e-8)
        elif len(a) > 1 and len(b) > 1:
            near(where + " t of constants", np.var(a) + np.var(b), 0.0)
        if not ties and exact:
            near(where + " exact p in scipy", p, float(
                stats.mannwhitneyu(b, a, method="exact").pvalue))
        differences = np.subtract.outer(b, a)
        near(where + " shift", shift, float(np.median(differences)), 1e-8)
        if not math.isnan(r[6]):
            near(where + " shift in R", shift, r[6], 1e-8)
            near(where + " low", low, r[7], 1e-8)
            near(where + " high", high, r[8], 1e-8)
            intervals += not math.isnan(low)
    print(f"pairs: {len(pairs)} against R and scipy, {intervals} intervals, "
          f"{ties_exact} exact with ties")


# ---- families against the procedure written once more -----------------------------------------

def t_tail(t, df):
    """P(|T| >= |t|)."""
    return float(special.betainc(df / 2, 0.5, df / (df + t * t)))


def regroupings(n, m):
    for chosen in itertools.combinations(range(n + m), n):
        if n == m and chosen[0] != 0:
            continue
        if chosen != tuple(range(n)):
            yield chosen


def moderated(a, b, floor, prior):
    var0, d0 = prior
    n, m = len(a), len(b)
    s2 = [max(np.var(x, ddof=1), floor) for x in (a, b)]
    ka, kb = d0 / 2 + n - 1, d0 / 2 + m - 1
    va = (d0 / 2 * var0 + (n - 1) * s2[0]) / ka
    vb = (d0 / 2 * var0 + (m - 1) * s2[1]) / kb
    se2 = va / n + vb / m
    df = se2 ** 2 / ((va / n) ** 2 / ka + (vb / m) ** 2 / kb)
    difference = np.mean(b) - np.mean(a)
    return dict(d=difference, se=math.sqrt(se2), df=df, va=va, vb=vb,
                p=t_tail(difference / math.sqrt(se2), df))


def smyth(members):
    if len(members) < 20:
        return (0.0, 0.0)
    d = np.array([len(x["a"]) + len(x["b"]) - 2 for x in members], float)
    s2 = np.array([max(((len(x["a"]) - 1) * np.var(x["a"], ddof=1)
                        + (len(x["b"]) - 1) * np.var(x["b"], ddof=1))
                       / (len(x["a"]) + len(x["b"]) - 2), x["floor"]) for x in members])
    e = np.log(s2) - special.digamma(d / 2) + np.log(d / 2)
    x = np.sum((e - e.mean()) ** 2) / (len(members) - 1) - special.polygamma(1, d / 2).mean()
    d0 = 20.0
    if x > 0:
        low, high = 1e-3, 1e3  # of d0/2: trigamma falls
        for _ in range(200):
            middle = math.sqrt(low * high)
            if special.polygamma(1, middle) > x:
                low = middle
            else:
                high = middle
        d0 = min(20.0, 2 * low)
    return (math.exp(e.mean() + special.digamma(d0 / 2) - math.log(d0 / 2)), d0)


def bh(p):
    p = np.asarray(p, float)
    order = np.argsort(p)
    q = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    back = np.empty(len(p))
    back[order] = np.minimum(1, q)
    return back


def rank_p(a, b):
    """P(|R - E| >= |r - E|) over all choices, by counting sums of doubled mid-ranks."""
    ranks = np.round(2 * stats.rankdata([*a, *b])).astype(int)
    sums = [{0: 1}] + [{} for _ in b]
    for rank in ranks:
        for k in range(len(b), 0, -1):
            for total, ways in sums[k - 1].items():
                sums[k][total + rank] = sums[k].get(total + rank, 0) + ways
    centre = len(b) * (len(a) + len(b) + 1)
    distance = abs(int(ranks[len(a):].sum()) - centre)
    extreme = sum(w for total, w in sums[-1].items() if abs(total - centre) >= distance)
    return extreme / sum(sums[-1].values())


def rank_interval(a, b):
    """c from the recurrence P(n, m, u), two-sided 95 %."""
    n, m = len(a), len(b)
    table = {}

    def count(i, j):
        if (i, j) in table:
            return table[i, j]
        if i == 0 or j == 0:
            ways_here = np.array([1.0])
        else:
            ways_here = np.zeros(i * j + 1)
            one, two = count(i - 1, j), count(i, j - 1)
            ways_here[j:j + len(one)] += one
            ways_here[:len(two)] += two
        table[i, j] = ways_here
        return ways_here

    ways = count(n, m)
    cumulative = np.cumsum(ways) / ways.sum()
    c = int(np.sum(cumulative <= 0.025))
    d = np.sort(np.subtract.outer(b, a).ravel())
    return d[c - 1], d[n * m - c]


def prepare(member):
    x = dict(member)
    raw = np.array(member["base"] + member["new"])
    base = float(np.mean(member["base"]))
    x["log"] = bool((raw > 0).all())
    scale = np.log if x["log"] else (lambda v: v / abs(base))
    x["a"], x["b"] = scale(np.array(member["base"])), scale(np.array(member["new"]))
    x["L"] = math.log(1 + member["margin"])
    x["LA"] = max(x["L"], 2 * member["tau"])
    steps = np.diff(np.unique(raw))
    resolution = member["resolution"] or (steps.min() if len(steps) else 0)
    x["floor"] = max(resolution / math.sqrt(12) / abs(base), x["L"] / 20) ** 2
    x["hl"] = float(np.median(np.subtract.outer(x["b"], x["a"])))
    return x


def calibrate(members):
    moderated_ones = [x for x in members if not x["ranked"]]
    pools = {}
    for x in moderated_ones:
        n, m = len(x["a"]), len(x["b"])
        values = np.concatenate([x["a"], x["b"]])
        for chosen in regroupings(n, m):
            rest = [i for i in range(n + m) if i not in chosen]
            p = moderated(values[list(chosen)], values[rest], x["floor"], x["prior"])["p"]
            pools.setdefault((min(n, m), max(n, m)), []).append(p)
    for x in moderated_ones:
        key = tuple(sorted((len(x["a"]), len(x["b"]))))
        alike = sum(tuple(sorted((len(y["a"]), len(y["b"])))) == key for y in moderated_ones)
        pool = np.array(pools[key] if alike >= 50 else [p for one in pools.values() for p in one])
        share = (1 + np.sum(pool <= x["p"] * (1 + 1e-9))) / (1 + len(pool))
        x["p"] = max(x["p"], share)


def judge(family, q=0.05):
    members = [prepare(member) for member in family]
    size = len(members)
    family_prior = smyth(members)
    for x in members:
        n, m = len(x["a"]), len(x["b"])
        if x["df"] >= 10 and x["is_log"] == x["log"]:
            x["prior"] = (max(x["var"], x["floor"]), min(20.0, x["df"]))
        else:
            x["prior"] = (max(family_prior[0], x["floor"]), family_prior[1])
        x["w"] = moderated(x["a"], x["b"], x["floor"], x["prior"])
        x["ranked"] = min(n, m) >= 10 and 2 / math.comb(n + m, n) <= q / size
        x["p"] = x["w"]["p"]
        if x["ranked"]:
            x["p"] = rank_p(x["base"], x["new"])
    if size >= 100:
        calibrate(members)
    qs = bh([x["p"] for x in members])
    reds = bh([x["p"] if abs(x["hl"]) >= x["LA"] else 1 for x in members])
    rejected = int(np.sum(reds <= q))
    for x, q_here, q_red in zip(members, qs, reds):
        decide(x, q_here, q_red, q * max(1, rejected) / size, q)
    return members


def decide(x, q_here, q_red, alpha, q):
    w, sign = x["w"], -1 if x["better"] == "lower" else 1
    gain = sign * x["hl"] > 0
    half = stats.t.ppf(0.95, w["df"]) * w["se"]
    inside = -x["L"] < w["d"] - half and w["d"] + half < x["L"]
    if q_red <= q:
        state = "improved" if gain else "regressed"
    elif inside and not (q_here <= q and abs(x["hl"]) >= x["L"] / 4):
        state = "same"
    elif q_here <= q and abs(x["hl"]) < x["LA"]:
        state = "small-gain" if gain else "small-loss"
    else:
        state = "undecided"
    if x["better"] == "none" and state not in ("same", "undecided"):
        state = "null"
    half = stats.t.ppf(0.975, w["df"]) * w["se"]
    low, high = rank_interval(x["a"], x["b"]) if x["ranked"] else (w["d"] - half, w["d"] + half)
    ends = sorted((math.exp(sign * low), math.exp(sign * high)))
    reach = (stats.t.ppf(1 - alpha / 2, w["df"]) + stats.t.ppf(0.8, w["df"])) * w["se"]
    boots = max(1, math.ceil(41.8 * (w["va"] + w["vb"]) / 2 / x["L"] ** 2)
                - min(len(x["a"]), len(x["b"])))
    x.update(state=state, q=q_here, q_red=q_red, low=ends[0] if x["log"] else math.nan,
             high=ends[1] if x["log"] else math.nan,
             ratio=math.exp(sign * x["hl"]) if x["log"] else math.nan,
             mde=max(x["margin"], math.exp(reach) - 1 if x["log"] else reach),
             boots=boots if state == "undecided" and boots <= 100 else -1)


def make_family(rng, size, sizes):
    family = []
    for _ in range(size):
        n, m = sizes[rng.integers(0, len(sizes))]
        sd = math.exp(rng.uniform(math.log(0.002), math.log(0.03)))
        shift = rng.choice([0, 0, 0, 0.003, 0.01, 0.05, -0.05])
        base = 100 * np.exp(sd * rng.normal(size=n))
        new = 100 * np.exp(shift + sd * rng.normal(size=m))
        if rng.random() < 0.1:
            base, new = base - 100.5, new - 100.5
        if rng.random() < 0.1:
            base, new = np.round(base), np.round(new) + 0.5
        history = rng.random() < 0.3
        family.append(dict(
            better=str(rng.choice(["higher", "lower", "none"], p=[0.45, 0.45, 0.1])),
            margin=float(rng.choice([0.01, 0.02, 0.05])), resolution=0.0,
            var=sd * sd * rng.uniform(0.5, 2) if history else 0.0,
            df=float(rng.integers(5, 40)) if history else 0.0, is_log=True,
            tau=0.02 if rng.random() < 0.1 else 0.0,
            base=[float(v) for v in base], new=[float(v) for v in new]))
    return family


def check_families():
    rng = np.random.default_rng(31)
    few, mixed, many = [(3, 3), (4, 4), (5, 5)], [(3, 4), (4, 5), (5, 3), (2, 2)], [(12, 12), (11, 15)]
    plans = [(1, few), (15, few + mixed), (40, few + mixed), (60, many + few), (150, [(4, 4)]),
             (130, few + many), (120, few + mixed + many)]
    states = {}
    for size, sizes in plans:
        family = make_family(rng, size, sizes)
        lines = ["0.05 0"]
        for x in family:
            lines.append(line_of([x["better"], x["margin"], x["resolution"], 0, x["var"], x["df"],
                                  int(x["is_log"]), x["tau"], len(x["base"]), len(x["new"]),
                                  *x["base"], *x["new"]]))
        for k, (mine, x) in enumerate(zip(drive("family", lines), judge(family))):
            where = f"family of {size}, member {k}"
            ratio, low, high, _, _, p, q, q_red, mde, se, df = (float(v) for v in mine[3:])
            for name, got, wanted in (
                    ("ratio", ratio, x["ratio"]), ("ci_low", low, x["low"]),
                    ("ci_high", high, x["high"]), ("p", p, x["p"]), ("q", q, x["q"]),
                    ("q_red", q_red, x["q_red"]), ("mde", mde, x["mde"]),
                    ("se", se, x["w"]["se"]), ("df", df, x["w"]["df"]),
                    ("boots", float(mine[2]), float(x["boots"]))):
                near(f"{where} {name}", got, wanted, 1e-6)
            if mine[0] != x["state"]:
                near(f"{where}: {mine[0]}, expected {x['state']}", 0, 1)
            states[mine[0]] = states.get(mine[0], 0) + 1
    print("families:", sum(states.values()), "members judged twice:",
          ", ".join(f"{count} {state}" for state, count in sorted(states.items())))


check_pairs()
check_families()
print(f"{failures} disagreements")
sys.exit(1 if failures else 0)
