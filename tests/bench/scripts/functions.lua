-- What both sides of the comparison run.
return {
  -- Of a row: how much more three things are wanted than done.
  gap = function(r)
    local sum, pairs_answered = 0, 0
    if r.vision_1 and r.practice_1 then sum, pairs_answered = sum + r.vision_1 - r.practice_1, pairs_answered + 1 end
    if r.vision_2 and r.practice_2 then sum, pairs_answered = sum + r.vision_2 - r.practice_2, pairs_answered + 1 end
    if r.vision_3 and r.practice_3 then sum, pairs_answered = sum + r.vision_3 - r.practice_3, pairs_answered + 1 end
    if pairs_answered < 2 then return nil end
    return sum / pairs_answered
  end,
  -- Of a group.
  compute = function(g)
    if g.gap.n < 5 then return { value = 0 } end
    return { value = g.gap.mean, ci95 = g.gap.ci95, extra = { sd = g.gap.sd, median = g.gap.median } }
  end,
}
