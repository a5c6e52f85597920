"""The kernels of backend `triton`. Importing this module imports Triton.

A program holds a tile of rows (of keys, in `keys_backward`) and walks over the tiles of the other
axis that masks by position leave it. Scores are s + b − λ[j∉R], unscaled; `scale` is 1/τ. Each row
keeps its relevant keys (near) and the others (far) apart: the largest score `top`, how many keys
tie with it, the sum `rest` of the other weights e^{(s − top)/τ}, and the spread Σ w·(top − s)/τ.
Their merging is left to the caller, so that no digit of a small leakage or entropy is lost here.

Tuples: `span` is (queries, keys, least, most), query i seeing key j where
least ≤ i + keys − queries − j ≤ most; strides are in elements, (batch, head, row[, key]).
"""

import triton
import triton.language as tl

HIDDEN = tl.constexpr(-2)  # block id of a key that nobody sees
NOWHERE = tl.constexpr(-3)  # block id that no key has
BATCH = tl.constexpr(16)  # blocks whose masses are summed at once
NEVER = tl.constexpr(float("-inf"))


# -- what all kernels share --------------------------------------------------------------------


@triton.jit
def _rows_of(base, start, stride, count, width, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    """Rows of a matrix from `start`, zero beyond its end and in the padding of the head size."""
    row, channel = tl.arange(0, ROWS)[:, None], tl.arange(0, BLOCK)[None, :]
    inside = (start + row < count) & (channel < width)
    return tl.load(base + tl.cast(start, tl.int64) * stride + row * stride + channel, inside, 0.0)


@triton.jit
def _put_rows(base, value, start, stride, count, width, ROWS: tl.constexpr, BLOCK: tl.constexpr):
    row, channel = tl.arange(0, ROWS)[:, None], tl.arange(0, BLOCK)[None, :]
    inside = (start + row < count) & (channel < width)
    at = base + tl.cast(start, tl.int64) * stride + row * stride + channel
    tl.store(at, value.to(base.dtype.element_ty), inside)


@triton.jit
def _pairs_of(base, start, begin, strides, span, ROWS: tl.constexpr, KEYS: tl.constexpr):
    """A tile of a (queries, keys) matrix, zero beyond its ends."""
    row, key = tl.arange(0, ROWS)[:, None], tl.arange(0, KEYS)[None, :]
    inside = (start + row < span[0]) & (begin + key < span[1])
    base += tl.cast(start, tl.int64) * strides[2] + tl.cast(begin, tl.int64) * strides[3]
    return tl.load(base + row * strides[2] + key * strides[3], inside, other=0)


@triton.jit
def _range_of_keys(start, span, ROWS: tl.constexpr, KEYS: tl.constexpr):
    """The keys near enough to some row of a tile, from the start of a tile of keys."""
    at = start + span[1] - span[0]
    first = tl.maximum(at - span[3], 0) // KEYS * KEYS
    return first, tl.minimum(at + ROWS - span[2], span[1])


@triton.jit
def _of_head(base, strides, batch, head):
    """Where the matrix of a head begins."""
    return base + batch * strides[0] + head * strides[1]


@triton.jit
def _wanted_by(wanted, strides, batch, head, row, queries, RELEVANT: tl.constexpr):
    """The relevant block of each row."""
    if RELEVANT:
        base = _of_head(wanted, strides, batch, head)
        return tl.load(base + row * strides[2], row < queries, other=NOWHERE)
    return tl.full(row.shape, NOWHERE, tl.int32)


@triton.jit
def _scores(
    q, k, start, begin, wanted, dial, ids, sight, sight_strides, bias, bias_strides, span,
    BLOCK_LOCAL: tl.constexpr, SIGHT: tl.constexpr, BIAS: tl.constexpr, ROWS: tl.constexpr,
    KEYS: tl.constexpr, ACC: tl.constexpr,
):  # fmt: skip
    """Scores of a tile, which pairs are near and which far, and the keys' block ids."""
    row, key = start + tl.arange(0, ROWS), begin + tl.arange(0, KEYS)
    score = tl.dot(q, tl.trans(k), input_precision="ieee", out_dtype=ACC)
    block = tl.load(ids + key, key < span[1], other=HIDDEN)
    behind = row[:, None] + (span[1] - span[0]) - key[None, :]
    visible = (block != HIDDEN)[None, :] & (behind >= span[2]) & (behind <= span[3])
    relevant = block[None, :] == wanted[:, None]
    if SIGHT:
        visible = visible & (_pairs_of(sight, start, begin, sight_strides, span, ROWS, KEYS) != 0)
    if BLOCK_LOCAL:
        visible = visible & relevant
    if BIAS:
        score += _pairs_of(bias, start, begin, bias_strides, span, ROWS, KEYS).to(ACC)
    score = tl.where(relevant, score, score - dial)
    return score, visible & relevant, visible & (block[None, :] != wanted[:, None]), block


# -- forward -----------------------------------------------------------------------------------


@triton.jit
def _raised(top, score, live, scale):
    """The largest score after this tile, and by how much it grew, over the temperature."""
    high = tl.maximum(top, tl.max(tl.where(live, score, NEVER), 1))
    return high, tl.where(top == NEVER, 0.0, (high - top) * scale)


@triton.jit
def _share(top, high, scale):
    """e^{(top − high)/τ}, zero for an empty part."""
    return tl.where(top == NEVER, 0.0, tl.exp((top - high) * scale))


@triton.jit
def _collected(ties, rest, spread, gap, weight, drop, live, SPREAD: tl.constexpr):
    """The sums of a part, referred to a top that rose by `gap`, with this tile's weights."""
    decay = tl.exp(-gap)
    if SPREAD:
        spread = decay * spread + (decay * gap) * (ties + rest)
        spread += tl.sum(tl.where(live, weight * drop, 0.0), 1)
    rest = decay * rest + tl.where(gap > 0, decay * ties, 0.0)
    rest += tl.sum(tl.where(live & (drop > 0), weight, 0.0), 1)
    ties = tl.where(gap > 0, 0.0, ties) + tl.sum(tl.where(live & (drop == 0), weight, 0.0), 1)
    return ties, rest, spread


@triton.jit
def forward(
    q, k, v, q_strides, k_strides, v_strides,
    ids, ids_stride, wanted, wanted_strides, sight, sight_strides, bias, bias_strides,
    scales, dials, span, heads, group,
    output, near_output, statistics, counts,
    DIM: tl.constexpr, VALUE_DIM: tl.constexpr, RELEVANT: tl.constexpr, BLOCK_LOCAL: tl.constexpr,
    SIGHT: tl.constexpr, BIAS: tl.constexpr, SPREAD: tl.constexpr, NEAR_OUTPUT: tl.constexpr,
    LEAST: tl.constexpr, ROWS: tl.constexpr, KEYS: tl.constexpr, BLOCK_DIM: tl.constexpr,
    BLOCK_VALUE: tl.constexpr, DOT: tl.constexpr, ACC: tl.constexpr,
):  # fmt: skip
    """Output, near output, and the statistics and counts of near and far keys of a tile of rows.

    `statistics` holds near top, ties, rest and spread, the least near score, far top, ties, rest
    and spread; `counts` how many keys are near and how many far.
    A program of the third axis has BLOCK_VALUE channels of the values; the first one also stores
    the statistics.
    """
    start, place = tl.program_id(0) * ROWS, tl.program_id(1).to(tl.int64)
    batch, head = place // heads, place % heads
    queries, keys = span[0], span[1]
    scale, dial = tl.load(scales + head), tl.load(dials + head)
    row = start + tl.arange(0, ROWS)
    channel = tl.program_id(2) * BLOCK_VALUE
    width = VALUE_DIM if BLOCK_VALUE >= VALUE_DIM else VALUE_DIM - channel
    k = _of_head(k, k_strides, batch, head // group)
    v = _of_head(v, v_strides, batch, head // group) + channel
    ids += batch * ids_stride
    sight = _of_head(sight, sight_strides, batch, head)
    bias = _of_head(bias, bias_strides, batch, head)
    q = _of_head(q, q_strides, batch, head)
    q_tile = _rows_of(q, start, q_strides[2], queries, DIM, ROWS, BLOCK_DIM).to(DOT)
    aim = _wanted_by(wanted, wanted_strides, batch, head, row, queries, RELEVANT)

    zero, never = tl.zeros([ROWS], ACC), tl.full([ROWS], NEVER, ACC)
    top, ties, rest, spread, count = never, zero, zero, zero, tl.zeros([ROWS], tl.int32)
    near_top, near_ties, near_rest, near_spread, near_count = top, ties, rest, spread, count
    least = -never
    total = tl.zeros([ROWS, BLOCK_VALUE], ACC)
    near_total = total

    first, last = _range_of_keys(start, span, ROWS, KEYS)
    for begin in range(first, last, KEYS):
        k_tile = _rows_of(k, begin, k_strides[2], keys, DIM, KEYS, BLOCK_DIM).to(DOT)
        score, near, far, _ = _scores(
            q_tile, k_tile, start, begin, aim, dial, ids, sight, sight_strides, bias, bias_strides,
            span, BLOCK_LOCAL, SIGHT, BIAS, ROWS, KEYS, ACC,
        )  # fmt: skip
        count += tl.sum(far.to(tl.int32), 1)
        far = far & (score > NEVER)
        high, gap = _raised(top, score, far, scale)
        if RELEVANT:
            near_count += tl.sum(near.to(tl.int32), 1)
            near_high, near_gap = _raised(near_top, score, near, scale)
            drop = (tl.where(near, near_high[:, None], high[:, None]) - score) * scale
        else:
            drop = (high[:, None] - score) * scale
        live = near | far
        drop = tl.where(live, drop, 0.0)
        weight = tl.where(live, tl.exp(-drop), 0.0)
        ties, rest, spread = _collected(ties, rest, spread, gap, weight, drop, far, SPREAD)
        v_tile = _rows_of(v, begin, v_strides[2], keys, width, KEYS, BLOCK_VALUE).to(DOT)
        if RELEVANT:
            near_ties, near_rest, near_spread = _collected(
                near_ties, near_rest, near_spread, near_gap, weight, drop, near, SPREAD
            )
            if LEAST:
                least = tl.minimum(least, tl.min(tl.where(near, score, float("inf")), 1))
            if NEAR_OUTPUT:
                near_total = tl.dot(
                    tl.where(near, weight, 0.0).to(DOT), v_tile,
                    near_total * tl.exp(-near_gap)[:, None], input_precision="ieee", out_dtype=ACC,
                )  # fmt: skip
            peak = tl.maximum(near_high, high)
            decay = _share(tl.maximum(near_top, top), peak, scale)
            near_share, far_share = _share(near_high, peak, scale), _share(high, peak, scale)
            weight *= tl.where(near, near_share[:, None], far_share[:, None])
            near_top = near_high
        else:
            decay = tl.exp(-gap)
        total = tl.dot(
            weight.to(DOT), v_tile, total * decay[:, None], input_precision="ieee", out_dtype=ACC
        )
        top = high

    mass = ties + rest
    at_row = place * queries + row
    values = place * queries * VALUE_DIM + channel
    stored = tl.num_programs(1).to(tl.int64) * queries
    if RELEVANT:
        near_mass, peak = near_ties + near_rest, tl.maximum(near_top, top)
        mass = mass * _share(top, peak, scale) + near_mass * _share(near_top, peak, scale)
        if NEAR_OUTPUT:
            near_total /= tl.where(near_mass == 0, 1.0, near_mass)[:, None]
            near_output += values
            _put_rows(near_output, near_total, start, VALUE_DIM, queries, width, ROWS, BLOCK_VALUE)
    total /= tl.where(mass == 0, 1.0, mass)[:, None]
    _put_rows(output + values, total, start, VALUE_DIM, queries, width, ROWS, BLOCK_VALUE)
    real = row < tl.where(channel == 0, queries, 0)
    tl.store(statistics + at_row, near_top, real)
    tl.store(statistics + stored + at_row, near_ties, real)
    tl.store(statistics + 2 * stored + at_row, near_rest, real)
    tl.store(statistics + 3 * stored + at_row, near_spread, real)
    tl.store(statistics + 4 * stored + at_row, least, real)
    tl.store(statistics + 5 * stored + at_row, top, real)
    tl.store(statistics + 6 * stored + at_row, ties, real)
    tl.store(statistics + 7 * stored + at_row, rest, real)
    tl.store(statistics + 8 * stored + at_row, spread, real)
    tl.store(counts + at_row, near_count, real)
    tl.store(counts + stored + at_row, count, real)


@triton.jit
def block_masses(
    q, k, q_strides, k_strides,
    ids, ids_stride, wanted, wanted_strides, sight, sight_strides, bias, bias_strides,
    scales, dials, span, heads, group, tops, log_sums, masses, blocks,
    DIM: tl.constexpr, RELEVANT: tl.constexpr, BLOCK_LOCAL: tl.constexpr, SIGHT: tl.constexpr,
    BIAS: tl.constexpr, ROWS: tl.constexpr, KEYS: tl.constexpr, BLOCK_DIM: tl.constexpr,
    DOT: tl.constexpr, ACC: tl.constexpr,
):  # fmt: skip
    """Add the probabilities e^{(s − top)/τ − log_sum} of a tile of rows to `masses` by block."""
    start, place = tl.program_id(0) * ROWS, tl.program_id(1).to(tl.int64)
    batch, head = place // heads, place % heads
    queries, keys = span[0], span[1]
    scale, dial = tl.load(scales + head), tl.load(dials + head)
    row = start + tl.arange(0, ROWS)
    real = row < queries
    k = _of_head(k, k_strides, batch, head // group)
    ids += batch * ids_stride
    sight = _of_head(sight, sight_strides, batch, head)
    bias = _of_head(bias, bias_strides, batch, head)
    masses += (place * queries + row)[:, None] * blocks
    q = _of_head(q, q_strides, batch, head)
    q_tile = _rows_of(q, start, q_strides[2], queries, DIM, ROWS, BLOCK_DIM).to(DOT)
    aim = _wanted_by(wanted, wanted_strides, batch, head, row, queries, RELEVANT)
    top = tl.load(tops + place * queries + row, real, other=0.0)
    log_sum = tl.load(log_sums + place * queries + row, real, other=0.0)

    first, last = _range_of_keys(start, span, ROWS, KEYS)
    for begin in range(first, last, KEYS):
        k_tile = _rows_of(k, begin, k_strides[2], keys, DIM, KEYS, BLOCK_DIM).to(DOT)
        score, near, far, block = _scores(
            q_tile, k_tile, start, begin, aim, dial, ids, sight, sight_strides, bias, bias_strides,
            span, BLOCK_LOCAL, SIGHT, BIAS, ROWS, KEYS, ACC,
        )  # fmt: skip
        live = near | (far & (score > NEVER))
        p = tl.where(live, tl.exp((score - top[:, None]) * scale - log_sum[:, None]), 0.0)
        lowest = tl.maximum(tl.min(tl.where(block < 0, blocks, block), 0), 0)
        for low in range(lowest // BATCH * BATCH, tl.max(block, 0) + 1, BATCH):
            some = low + tl.arange(0, BATCH)
            member = (block[:, None] == some[None, :]).to(ACC)
            part = tl.dot(p, member, input_precision="ieee", out_dtype=ACC)
            tl.atomic_add(masses + some[None, :], part, real[:, None] & (some < blocks)[None, :])


# -- backward ----------------------------------------------------------------------------------


@triton.jit
def _slopes(
    score, near, far, block, v, g_output, g_near, g_masses, blocks, rows, stored, row, queries,
    scale, NEAR_OUTPUT: tl.constexpr, MASSES: tl.constexpr, ACC: tl.constexpr,
):  # fmt: skip
    """p, p within R, ln p and the gradient with respect to each scaled score t.

    p·(⟨g_o, v⟩ − g_H ln p + g_M[block] + a), a by near and far, and p_R·(⟨g_R, v⟩ − δ_R) near.
    `rows` holds top, log_sum, near top, near log_sum, near a, far a, g_H, δ_R.
    """
    real = row < queries
    top, log_sum = tl.load(rows + row, real, other=0.0), tl.load(rows + stored + row, real, other=0)
    near_base = tl.load(rows + 4 * stored + row, real, other=0.0)
    far_base = tl.load(rows + 5 * stored + row, real, other=0.0)
    g_entropy = tl.load(rows + 6 * stored + row, real, other=0.0)
    live = near | (far & (score > NEVER))
    log_p = tl.where(live, (score - top[:, None]) * scale - log_sum[:, None], 0.0)
    p = tl.where(live, tl.exp(log_p), 0.0)
    slope = tl.dot(g_output, tl.trans(v), input_precision="ieee", out_dtype=ACC)
    slope += tl.where(near, near_base[:, None], far_base[:, None]) - g_entropy[:, None] * log_p
    if MASSES:
        at = g_masses + row.to(tl.int64)[:, None] * blocks + block[None, :]
        slope += tl.load(at, real[:, None] & (block >= 0)[None, :], other=0.0)
    slope = tl.where(live, p * slope, 0.0)
    near_p = p
    if NEAR_OUTPUT:
        near_top = tl.load(rows + 2 * stored + row, real, other=0.0)
        near_log_sum = tl.load(rows + 3 * stored + row, real, other=0.0)
        delta = tl.load(rows + 7 * stored + row, real, other=0.0)
        near_log_p = (score - near_top[:, None]) * scale - near_log_sum[:, None]
        near_p = tl.where(near, tl.exp(tl.where(near, near_log_p, 0.0)), 0.0)
        lift = tl.dot(g_near, tl.trans(v), input_precision="ieee", out_dtype=ACC)
        slope += near_p * (lift - delta[:, None])
    return p, near_p, log_p, slope


@triton.jit
def queries_backward(
    q, k, v, q_strides, k_strides, v_strides,
    ids, ids_stride, wanted, wanted_strides, sight, sight_strides, bias, bias_strides,
    scales, dials, span, heads, group, g_output, g_near, g_masses, blocks, rows,
    g_q, heats, fars, g_bias,
    DIM: tl.constexpr, VALUE_DIM: tl.constexpr, RELEVANT: tl.constexpr, BLOCK_LOCAL: tl.constexpr,
    SIGHT: tl.constexpr, BIAS: tl.constexpr, NEAR_OUTPUT: tl.constexpr, MASSES: tl.constexpr,
    HEAD_SUMS: tl.constexpr, BIAS_GRADIENT: tl.constexpr, ROWS: tl.constexpr, KEYS: tl.constexpr,
    BLOCK_DIM: tl.constexpr, BLOCK_VALUE: tl.constexpr, DOT: tl.constexpr, ACC: tl.constexpr,
):  # fmt: skip
    """Gradient of q; of each row Σ slope·ln p (`heats`) and Σ slope over far keys (`fars`)."""
    start, place = tl.program_id(0) * ROWS, tl.program_id(1).to(tl.int64)
    batch, head = place // heads, place % heads
    queries, keys = span[0], span[1]
    stored = tl.num_programs(1).to(tl.int64) * queries
    scale, dial = tl.load(scales + head), tl.load(dials + head)
    row = start + tl.arange(0, ROWS)
    k = _of_head(k, k_strides, batch, head // group)
    v = _of_head(v, v_strides, batch, head // group)
    ids += batch * ids_stride
    sight = _of_head(sight, sight_strides, batch, head)
    bias = _of_head(bias, bias_strides, batch, head)
    values = place * queries * VALUE_DIM
    q = _of_head(q, q_strides, batch, head)
    q_tile = _rows_of(q, start, q_strides[2], queries, DIM, ROWS, BLOCK_DIM).to(DOT)
    g_tile = _rows_of(
        g_output + values, start, VALUE_DIM, queries, VALUE_DIM, ROWS, BLOCK_VALUE
    ).to(DOT)
    g_near_tile = g_tile
    if NEAR_OUTPUT:
        g_near_tile = _rows_of(
            g_near + values, start, VALUE_DIM, queries, VALUE_DIM, ROWS, BLOCK_VALUE
        ).to(DOT)
    aim = _wanted_by(wanted, wanted_strides, batch, head, row, queries, RELEVANT)
    total = tl.zeros([ROWS, BLOCK_DIM], ACC)
    heat, far_sum = tl.zeros([ROWS], ACC), tl.zeros([ROWS], ACC)

    first, last = _range_of_keys(start, span, ROWS, KEYS)
    for begin in range(first, last, KEYS):
        key = begin + tl.arange(0, KEYS)
        k_tile = _rows_of(k, begin, k_strides[2], keys, DIM, KEYS, BLOCK_DIM).to(DOT)
        v_tile = _rows_of(v, begin, v_strides[2], keys, VALUE_DIM, KEYS, BLOCK_VALUE).to(DOT)
        score, near, far, block = _scores(
            q_tile, k_tile, start, begin, aim, dial, ids, sight, sight_strides, bias, bias_strides,
            span, BLOCK_LOCAL, SIGHT, BIAS, ROWS, KEYS, ACC,
        )  # fmt: skip
        _, _, log_p, slope = _slopes(
            score, near, far, block, v_tile, g_tile, g_near_tile,
            g_masses + place * queries * blocks, blocks, rows + place * queries, stored, row,
            queries, scale, NEAR_OUTPUT, MASSES, ACC,
        )  # fmt: skip
        total = tl.dot(slope.to(DOT), k_tile, total, input_precision="ieee", out_dtype=ACC)
        if HEAD_SUMS:
            heat += tl.sum(slope * log_p, 1)
            far_sum += tl.sum(tl.where(far, slope, 0.0), 1)
        if BIAS_GRADIENT:
            pair = (place * queries + row)[:, None] * keys + key[None, :]
            inside = (row < queries)[:, None] & (key < keys)[None, :]
            tl.store(g_bias + pair, slope * scale, inside)

    _put_rows(g_q + place * queries * DIM, total * scale, start, DIM, queries, DIM, ROWS, BLOCK_DIM)
    if HEAD_SUMS:
        tl.store(heats + place * queries + row, heat, row < queries)
        tl.store(fars + place * queries + row, far_sum, row < queries)


@triton.jit
def keys_backward(
    q, k, v, q_strides, k_strides, v_strides,
    ids, ids_stride, wanted, wanted_strides, sight, sight_strides, bias, bias_strides,
    scales, dials, span, heads, group, g_output, g_near, g_masses, blocks, rows, g_k, g_v,
    DIM: tl.constexpr, VALUE_DIM: tl.constexpr, RELEVANT: tl.constexpr, BLOCK_LOCAL: tl.constexpr,
    SIGHT: tl.constexpr, BIAS: tl.constexpr, NEAR_OUTPUT: tl.constexpr, MASSES: tl.constexpr,
    ROWS: tl.constexpr, KEYS: tl.constexpr, BLOCK_DIM: tl.constexpr, BLOCK_VALUE: tl.constexpr,
    DOT: tl.constexpr, ACC: tl.constexpr,
):  # fmt: skip
    """Gradients of k and v of a tile of keys, over all heads of its group."""
    start, place = tl.program_id(0) * KEYS, tl.program_id(1).to(tl.int64)
    kv_heads = heads // group
    batch, kv_head = place // kv_heads, place % kv_heads
    queries, keys = span[0], span[1]
    stored = tl.num_programs(1).to(tl.int64) * group * queries
    k = _of_head(k, k_strides, batch, kv_head)
    v = _of_head(v, v_strides, batch, kv_head)
    k_tile = _rows_of(k, start, k_strides[2], keys, DIM, KEYS, BLOCK_DIM).to(DOT)
    v_tile = _rows_of(v, start, v_strides[2], keys, VALUE_DIM, KEYS, BLOCK_VALUE).to(DOT)
    ids += batch * ids_stride
    k_total, v_total = tl.zeros([KEYS, BLOCK_DIM], ACC), tl.zeros([KEYS, BLOCK_VALUE], ACC)

    at = start - keys + queries
    first = tl.maximum(at + span[2], 0) // ROWS * ROWS
    last = tl.minimum(at + KEYS + span[3], queries)
    for member in range(group):
        head = kv_head * group + member
        here = (batch * heads + head) * queries
        scale, dial = tl.load(scales + head), tl.load(dials + head)
        for begin in range(first, last, ROWS):
            row = begin + tl.arange(0, ROWS)
            q_tile = _rows_of(
                _of_head(q, q_strides, batch, head), begin, q_strides[2], queries, DIM, ROWS,
                BLOCK_DIM,
            ).to(DOT)  # fmt: skip
            values = here * VALUE_DIM
            g_tile = _rows_of(
                g_output + values, begin, VALUE_DIM, queries, VALUE_DIM, ROWS, BLOCK_VALUE
            ).to(DOT)
            g_near_tile = g_tile
            if NEAR_OUTPUT:
                g_near_tile = _rows_of(
                    g_near + values, begin, VALUE_DIM, queries, VALUE_DIM, ROWS, BLOCK_VALUE
                ).to(DOT)
            score, near, far, block = _scores(
                q_tile, k_tile, begin, start,
                _wanted_by(wanted, wanted_strides, batch, head, row, queries, RELEVANT), dial, ids,
                _of_head(sight, sight_strides, batch, head), sight_strides,
                _of_head(bias, bias_strides, batch, head), bias_strides,
                span, BLOCK_LOCAL, SIGHT, BIAS, ROWS, KEYS, ACC,
            )  # fmt: skip
            p, near_p, _, slope = _slopes(
                score, near, far, block, v_tile, g_tile, g_near_tile, g_masses + here * blocks,
                blocks, rows + here, stored, row, queries, scale, NEAR_OUTPUT, MASSES, ACC,
            )  # fmt: skip
            v_total = tl.dot(
                tl.trans(p.to(DOT)), g_tile, v_total, input_precision="ieee", out_dtype=ACC
            )
            if NEAR_OUTPUT:
                v_total = tl.dot(
                    tl.trans(near_p.to(DOT)), g_near_tile, v_total,
                    input_precision="ieee", out_dtype=ACC,
                )  # fmt: skip
            k_total = tl.dot(
                tl.trans((slope * scale).to(DOT)), q_tile, k_total,
                input_precision="ieee", out_dtype=ACC,
            )  # fmt: skip
    _put_rows(g_k + place * keys * DIM, k_total, start, DIM, keys, DIM, KEYS, BLOCK_DIM)
    g_v += place * keys * VALUE_DIM
    _put_rows(g_v, v_total, start, VALUE_DIM, keys, VALUE_DIM, KEYS, BLOCK_VALUE)


# Triton decides when a function is defined, its own ones when it is imported
INTERPRETED = not any(isinstance(function, triton.JITFunction) for function in (forward, tl.max))
