# SPDX-License-Identifier: GPL-3.0-or-later
# What R's haven reads in the files of these folders, as FILE.tsv beside each: the names of the variables, their labels,
# and the cases. Missing is empty. Dates are as ISO 8601 writes them, other numbers the shortest text that is read as
# the same number, and blanks around a text are taken off: that is how the survey plugin gives them on. haven leaves
# quarters, months and weeks of a year the seconds since 1582 that they are in the file; here they are their first day.
# counts.tsv has for each file how many cases hold anything, and how many values are called missing by its variables.
# Run in this folder: Rscript cells.R
suppressMessages(library(haven))

shortest <- function(number) {
  for (digits in 15:17) {
    text <- sprintf("%.*g", digits, number)
    if (as.numeric(text) == number) break
  }
  text
}
as_text <- function(column) {
  clock <- inherits(column, "POSIXct")
  day <- inherits(column, "Date")
  length_of_time <- inherits(column, "difftime")
  if (is.character(column)) return(ifelse(is.na(column), "", gsub("^[ \t]+|[ \t]+$", "", column)))
  number <- as.numeric(column)
  if (grepl("^(QYR|MOYR|WKYR)", attr(column, "format.spss"))) {
    number <- number / 86400 - 141428
    day <- TRUE
  }
  vapply(seq_along(number), function(i) {
    if (is.na(number[i])) return("")
    if (day) return(format(as.Date(number[i], origin = "1970-01-01")))
    # What is not in the years 1 to 9999 stays the seconds since 1582 that SPSS has.
    if (clock && number[i] >= 253402300800) return(shortest(number[i] + 12219379200))
    if (clock) return(format(as.POSIXct(number[i], origin = "1970-01-01", tz = "UTC"), "%Y-%m-%d %H:%M:%S"))
    shortest(number[i])
  }, "")
}

# A text that is called missing may be padded with blanks, or with zero bytes as PSPP does; haven misses the latter.
call_missing <- function(column) {
  if (is.character(column)) trimws(column) %in% trimws(attr(column, "na_values"))
  else is.na(column) & !is.na(unclass(column))
}

counts <- NULL
for (file in list.files(".", "\\.(sav|zsav|por)$", recursive = TRUE)) {
  read <- if (grepl("por$", file)) read_por else read_sav
  data <- read(file)
  labels <- vapply(data, function(column) {
    label <- attr(column, "label", exact = TRUE)
    if (is.null(label)) "" else label
  }, "")
  cells <- vapply(data, function(column) as_text(column), character(nrow(data)))
  cells <- matrix(cells, ncol = length(data))
  called <- vapply(read(file, user_na = TRUE), call_missing, logical(nrow(data)))
  cells[called] <- ""
  counts <- c(counts, paste(file, sum(rowSums(cells != "") > 0), sum(called), sep = "\t"))
  lines <- apply(rbind(names(data), labels, cells), 1, paste, collapse = "\t")
  writeLines(lines, paste0(file, ".tsv"), useBytes = TRUE)
}
writeLines(counts, "counts.tsv")
