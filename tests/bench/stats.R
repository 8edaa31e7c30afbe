# CPU seconds that wilcox.test() takes for p, shift and exact interval of every line "a.. b.." (30 and 30).
x <- as.matrix(read.table(commandArgs(trailingOnly = TRUE)[1]))
cpu <- function() sum(proc.time()[1:2])
total <- 0
begin <- cpu()
for (i in seq_len(nrow(x))) {
    w <- wilcox.test(x[i, 31:60], x[i, 1:30], exact = TRUE, conf.int = TRUE)
    total <- total + w$p.value + w$estimate + w$conf.int[1] + w$conf.int[2]
}
cat(sprintf("%.4f %d %.9g\n", cpu() - begin, nrow(x), total))
