# SPDX-License-Identifier: GPL-3.0-or-later
# What R makes of the real surveys: the numbers that tests/integration/test_real_surveys.py expects.
#   Rscript real_surveys.R ../../data/survey > real_surveys.csv
# Needs r-base-core and r-cran-psych (whose alpha is the one compared with).
suppressMessages(library(psych))
folder <- commandArgs(TRUE)[1]

# One line per group: a scale's n, mean, sd, t interval and alpha (complete rows), and the share of its first item that is
# at least `at_least`. A score is the mean of the answered items where at least `min_answered` are.
describe <- function(name, data, group, items, reversed, range, min_answered, at_least) {
  for (g in sort(unique(data[[group]]))) {
    rows <- data[data[[group]] == g, items]
    first <- rows[[1]]
    for (item in reversed) rows[[item]] <- sum(range) - rows[[item]]
    answered <- rowSums(!is.na(rows))
    score <- rowMeans(rows, na.rm = TRUE)[answered >= min_answered]
    complete <- rows[complete.cases(rows), ]
    ci <- if (length(score) > 1 && sd(score) > 0) t.test(score)$conf.int else c(NA, NA)
    a <- if (nrow(complete) > 1 && sd(rowSums(complete)) > 0)
      suppressMessages(suppressWarnings(psych::alpha(complete, check.keys = FALSE, warnings = FALSE)$total$raw_alpha)) else NA
    cat(name, g, length(score), sprintf("%.17g", c(mean(score), sd(score), ci, a, mean(first >= at_least, na.rm = TRUE),
        quantile(score, 0.9, names = FALSE))), sep = ",")
    cat("\n")
  }
}

cat("scale,group,n,mean,sd,low,high,alpha,share,q90\n")
bfi <- read.csv(file.path(folder, "psychtools", "bfi.csv"))
for (scale in c("A", "C", "E", "N", "O")) {
  reversed <- list(A = "A1", C = c("C4", "C5"), E = c("E1", "E2"), N = NULL, O = c("O2", "O5"))[[scale]]
  describe(paste0("bfi_", scale), bfi, "gender", paste0(scale, 1:5), reversed, c(1, 6), 3, 4)
}
swmdk <- read.csv(file.path(folder, "mokken_nl", "SWMDK.csv"))
describe("swmdk", swmdk, "classId", paste0("Item", 1:13), paste0("Item", c(7, 9, 12)), c(1, 5), 13, 4)
support <- read.csv(file.path(folder, "mokken_nl", "autonomySupport.csv"))
describe("support", support, "Teacher", names(support)[-1], NULL, c(1, 5), 5, 3)
sai <- read.csv(file.path(folder, "psychtools", "sai.csv"))
describe("sai", sai, "study", names(sai)[4:23], NULL, c(1, 4), 10, 3)
