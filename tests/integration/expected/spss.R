# SPDX-License-Identifier: GPL-3.0-or-later
# What R makes of a monitor in SPSS: the numbers that tests/integration/test_spss.py expects.
#   Rscript spss.R ../../data/spss/made/monitor.sav > spss.csv
# Needs r-base-core, r-cran-haven (which takes what the file calls missing for missing) and r-cran-psych.
suppressMessages({ library(haven); library(psych) })
data <- read_sav(commandArgs(TRUE)[1])
items <- c("wg_1", "wg_2", "wg_3", "v_4", "v_5")

cat("team,n,mean,sd,low,high,alpha,share,hours_n,hours,teachers,instructors\n")
for (team in sort(unique(data$team_van_de_docent_bij_de_instelling))) {
  of_team <- data[data$team_van_de_docent_bij_de_instelling == team, ]
  rows <- as.data.frame(lapply(of_team[items], as.numeric))
  rows$wg_3 <- 6 - rows$wg_3
  score <- rowMeans(rows, na.rm = TRUE)[rowSums(!is.na(rows)) >= 3]
  ci <- t.test(score)$conf.int
  alpha <- suppressWarnings(psych::alpha(rows[complete.cases(rows), ], check.keys = FALSE, warnings = FALSE))$total$raw_alpha
  hours <- as.numeric(of_team$uren)
  functie <- as.character(of_team$functie)
  cat(team, length(score), sprintf("%.17g", c(mean(score), sd(score), ci, alpha, mean(as.numeric(of_team$wg_1) >= 4, na.rm = TRUE))),
      sum(!is.na(hours)), sprintf("%.17g", mean(hours, na.rm = TRUE)), sum(functie == "A", na.rm = TRUE), sum(functie == "B", na.rm = TRUE),
      sep = ",")
  cat("\n")
}
