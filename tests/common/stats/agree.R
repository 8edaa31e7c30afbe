# For each line "n m a.. b.." of the file: W of b, exact p (ties: exactRankTests), normal p, Welch t,
# df, p, and the exact interval with its estimate; NA where R has none or the pair is too large.
suppressMessages(library(exactRankTests))
lines <- readLines(commandArgs(trailingOnly = TRUE)[1])
out <- function(x) cat(sprintf("%.17g", x), sep = " ", "\n")
for (line in lines) {
    x <- as.numeric(strsplit(line, " ")[[1]])
    n <- x[1]; m <- x[2]
    a <- x[2 + seq_len(n)]; b <- x[2 + n + seq_len(m)]
    ties <- length(unique(c(a, b))) < n + m
    exact <- max(n, m) <= if (ties) 25 else 50
    p <- NA
    if (exact) {
        p <- if (ties) wilcox.exact(b, a, exact = TRUE)$p.value
             else wilcox.test(b, a, exact = TRUE)$p.value
    }
    w <- suppressWarnings(wilcox.test(b, a, exact = FALSE, correct = TRUE))
    t <- list(statistic = NA, parameter = NA, p.value = NA)
    if (n > 1 && m > 1 && var(a) + var(b) > 0) t <- try(t.test(b, a), silent = TRUE)
    if (inherits(t, "try-error")) t <- list(statistic = NA, parameter = NA, p.value = NA)
    ci <- c(NA, NA); shift <- NA
    if (!ties && n < 50 && m < 50) {
        r <- suppressWarnings(wilcox.test(b, a, conf.int = TRUE, exact = TRUE))
        shift <- r$estimate
        if (qwilcox(0.025, n, m) > 0) ci <- r$conf.int
    }
    out(c(w$statistic, p, w$p.value, t$statistic, t$parameter, t$p.value, shift, ci))
}
