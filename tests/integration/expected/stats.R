# SPDX-License-Identifier: GPL-3.0-or-later
# What R makes of w.stats on the real surveys: the numbers that tests/integration/test_stats.py expects.
#   Rscript stats.R ../../data/survey > stats.csv
# Needs r-base-core, r-cran-psych (omega) and r-cran-lme4 (the intraclass correlation of a balanced part).
suppressMessages({library(psych); library(lme4)})
folder <- commandArgs(TRUE)[1]

line <- function(name, ...) cat(paste(c(name, sprintf("%.17g", c(...))), collapse = ","), "\n", sep = "")

score <- function(data, items, reversed, range, min_answered) {
  rows <- data[, items]
  for (item in reversed) rows[[item]] <- sum(range) - rows[[item]]
  ifelse(rowSums(!is.na(rows)) >= min_answered, rowMeans(rows, na.rm = TRUE), NA)
}

bfi <- read.csv(file.path(folder, "psychtools", "bfi.csv"))
reversed <- list(A = "A1", C = c("C4", "C5"), E = c("E1", "E2"), N = NULL, O = c("O2", "O5"))
for (scale in c("A", "C", "E", "N", "O")) {
  items <- paste0(scale, 1:5)
  s <- score(bfi, items, reversed[[scale]], c(1, 6), 3)
  a <- s[bfi$gender == 1 & !is.na(s)]; b <- s[bfi$gender == 2 & !is.na(s)]
  line(paste0("summary_", scale), mean(a), sd(a), var(a), median(a), quantile(a, 0.1), quantile(a, 0.9), t.test(a)$conf.int,
       t.test(a, conf.level = 0.9)$conf.int)
  w <- t.test(a, b)
  line(paste0("welch_", scale), w$statistic, w$parameter, w$p.value, mean(a) - mean(b), w$conf.int)
  u <- wilcox.test(a, b, exact = FALSE, correct = TRUE)
  r <- rank(c(a, b)); n <- length(r); t <- table(r)
  sigma <- sqrt(length(a) * length(b) / 12 * (n + 1 - sum(t^3 - t) / (n * (n - 1))))
  z <- unname(u$statistic) - length(a) * length(b) / 2
  line(paste0("mann_whitney_", scale), u$statistic, (z - sign(z) * 0.5) / sigma, u$p.value)
  pooled <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / (length(a) + length(b) - 2))
  line(paste0("cohen_d_", scale), (mean(a) - mean(b)) / pooled)
  rows <- bfi[, items]
  for (item in reversed[[scale]]) rows[[item]] <- 7 - rows[[item]]
  complete <- rows[complete.cases(rows), ]
  line(paste0("alpha_", scale), suppressMessages(psych::alpha(complete, check.keys = FALSE, warnings = FALSE)$total$raw_alpha))
  fit <- suppressMessages(suppressWarnings(psych::omega(cor(complete), nfactors = 1, flip = FALSE, plot = FALSE, n.obs = nrow(complete))))
  line(paste0("omega_", scale), fit$omega.tot)
}

icc1 <- function(values, groups) {
  keep <- !is.na(values); values <- values[keep]; groups <- factor(groups[keep])
  table <- anova(lm(values ~ groups)); n <- tapply(values, groups, length)
  k <- (sum(n) - sum(n^2) / sum(n)) / (length(n) - 1)
  (table[1, 3] - table[2, 3]) / (table[1, 3] + (k - 1) * table[2, 3])
}
swmdk <- read.csv(file.path(folder, "mokken_nl", "SWMDK.csv"))
s <- score(swmdk, paste0("Item", 1:13), paste0("Item", c(7, 9, 12)), c(1, 5), 13)
line("icc1_swmdk", icc1(s, swmdk$classId))
support <- read.csv(file.path(folder, "mokken_nl", "autonomySupport.csv"))
line("icc1_support", icc1(score(support, names(support)[-1], NULL, c(1, 5), 5), support$Teacher))
line("icc1_negative", icc1(c(1, 5, 2, 4, 3, 3, 2.5), c(1, 1, 2, 2, 3, 3, 3)))
# The first ten of each class that has ten: balanced, where the mixed model's ICC is that of the analysis of variance.
first <- unlist(lapply(split(which(!is.na(s)), swmdk$classId[!is.na(s)]), function(i) if (length(i) >= 10) i[1:10]))
fit <- lmer(s[first] ~ 1 + (1 | factor(swmdk$classId[first])), control = lmerControl(optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-14)))
v <- as.data.frame(VarCorr(fit))$vcov
line("icc1_balanced", v[1] / sum(v))

p <- sapply(unlist(lapply(c("A", "C", "E", "N", "O"), function(x) paste0(x, 1:5))), function(item)
  t.test(bfi[bfi$gender == 1, item], bfi[bfi$gender == 2, item])$p.value)
line("p_values", p)
line("benjamini_hochberg", p.adjust(p, "BH"))
for (item in c("A1", "E4", "O5")) {
  x <- bfi[bfi$gender == 1, item]; x <- x[!is.na(x)]
  line(paste0("wilson_", item), sum(x >= 4), length(x), prop.test(sum(x >= 4), length(x), correct = FALSE)$conf.int,
       prop.test(sum(x >= 4), length(x), conf.level = 0.99, correct = FALSE)$conf.int)
}
line("wilson_none", 0, 10, prop.test(0, 10, correct = FALSE)$conf.int, prop.test(0, 10, conf.level = 0.99, correct = FALSE)$conf.int)
line("wilson_all", 10, 10, prop.test(10, 10, correct = FALSE)$conf.int, prop.test(10, 10, conf.level = 0.99, correct = FALSE)$conf.int)
