# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the .sav files beside it with R's haven: an invented monitor of 240 teachers, as SPSS would keep it.
# Run in this folder: Rscript make.R
library(haven)
set.seed(20251126)

people <- 240
teams <- c("Verpleegkunde", "Techniek é", "Horeca", "Zorg & Welzijn", "ICT", "Economie")
trait <- rnorm(people)
item <- function(reverse = FALSE) {
  score <- pmin(5, pmax(1, round(3 + (if (reverse) -1 else 1) * trait + rnorm(people))))
  score[sample(people, 12)] <- 9 # declared missing below: ordinary numbers in the file
  score[sample(people, 7)] <- 8
  score[sample(people, 5)] <- NA # system-missing
  score
}
agree <- c("helemaal mee oneens" = 1, "helemaal mee eens" = 5, "weet niet" = 8, "geen antwoord" = 9)
spss <- function(x, label, ...) labelled_spss(x, labels = agree, label = label, ...)

monitor <- data.frame(nr = 1000 + seq_len(people))
monitor$instelling <- "ROC Midden"
monitor$team_van_de_docent_bij_de_instelling <- rep(teams, length.out = people)
monitor$ingevuld <- as.POSIXct("2025-03-24 08:30:00", tz = "UTC") + 600 * seq_len(people)
monitor$geboren <- as.Date("1961-02-28") + 57 * seq_len(people)
monitor$wg_1 <- spss(item(), "Ik gebruik ict in mijn lessen", na_values = c(8, 9))
monitor$wg_2 <- spss(item(), "Ik kan goed overweg met ict", na_values = c(8, 9))
monitor$wg_3 <- spss(item(TRUE), "Ict kost mij te veel tijd", na_range = c(8, Inf))
monitor$v_4 <- spss(item(), "Mijn team helpt mij met ict", na_range = c(8, 9))
monitor$v_5 <- spss(item(), "Ik weet waar ik terechtkan", na_values = 8, na_range = c(8.5, 9.5))
uren <- round(runif(people, 0, 40), 1)
uren[sample(people, 9)] <- -1
monitor$uren <- labelled_spss(uren, labels = c("geen opgave" = -1), label = "Uren per week", na_range = c(-Inf, 0))
functie <- sample(c("A", "B", "X"), people, TRUE)
monitor$functie <- labelled_spss(functie, labels = c(docent = "A", instructeur = "B", onbekend = "X"),
                                 label = "Functie", na_values = "X")
monitor$toelichting <- ""
monitor$toelichting[c(3, 200)] <- c(strrep("Zo zit dat, en ook ë. ", 40), strrep("kort ", 3))

write_sav(monitor, "monitor.sav", compress = "byte")
write_sav(monitor, "monitor.zsav", compress = "zsav")
write_sav(monitor[1:12, setdiff(names(monitor), "toelichting")], "monitor_plain.sav", compress = "none")
