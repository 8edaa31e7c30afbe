// report/html: nothing that comes from outside becomes markup.
#include "report/html.h"

#include <string.h>

static void test_text_and_attributes_are_escaped(void)
{
    Html *html = html_new();
    html_leaf(html, "span", "<script>&\"'", "title", "a\"b<c>", NULL);
    g_autofree char *text = html_finish(html);
    g_assert_cmpstr(text, ==,
                    "<span title=\"a&quot;b&lt;c&gt;\">&lt;script&gt;&amp;&quot;&#39;</span>\n");
}

static void test_bytes_that_are_no_text_are_replaced(void)
{
    Html *html = html_new();
    html_text(html, "a\x01\xff z\x1b[31m");
    g_autofree char *text = html_finish(html);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_null(strchr(text, '\x1b'));
    g_assert_null(strchr(text, '\x01'));
}

static void test_an_attribute_without_value_is_left_out(void)
{
    Html *html = html_new();
    html_leaf(html, "b", "x", "class", NULL, "id", "y", NULL);
    g_autofree char *text = html_finish(html);
    g_assert_cmpstr(text, ==, "<b id=\"y\">x</b>\n");
}

static void test_finish_closes_what_is_open(void)
{
    Html *html = html_new();
    html_open(html, "ul", NULL);
    html_open(html, "li", NULL);
    html_text(html, "x");
    g_autofree char *text = html_finish(html);
    g_assert_cmpstr(text, ==, "<ul>\n<li>x</li></ul>\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/html/text_and_attributes_are_escaped", test_text_and_attributes_are_escaped);
    g_test_add_func("/html/bytes_that_are_no_text_are_replaced",
                    test_bytes_that_are_no_text_are_replaced);
    g_test_add_func("/html/an_attribute_without_value_is_left_out",
                    test_an_attribute_without_value_is_left_out);
    g_test_add_func("/html/finish_closes_what_is_open", test_finish_closes_what_is_open);
    return g_test_run();
}
