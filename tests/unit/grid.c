/* Tables that become sheets: what people wrote is never a formula, and numbers are numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/school/grid.h"

/* One cell as CSV. */
static void cell_is(const char *text, const char *want)
{
    g_autoptr(GString) csv = g_string_new(NULL);

    grid_csv_cell(csv, text);
    assert_string_equal(csv->str, want);
}

static void test_cells_are_no_formulas(void **state)
{
    (void)state;
    cell_is("张伟", "张伟");
    cell_is("", "");
    cell_is("=1+1", "'=1+1");
    cell_is("+86 138", "'+86 138");
    cell_is("-", "'-");
    cell_is("@SUM(A1)", "'@SUM(A1)");
    cell_is("\t=1", "\"'\t=1\"");
    cell_is("\r=1", "\"'\r=1\"");
    cell_is("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    cell_is("a,b", "\"a,b\"");
    cell_is("a;b", "\"a;b\"");
    cell_is("two\nlines", "\"two\nlines\"");
    cell_is("1-2", "1-2");
    cell_is("007", "007");
}

static void test_a_table(void **state)
{
    struct grid *grid = grid_new("sheet", "title");

    (void)state;
    grid_note(grid, "not in the CSV");
    grid_column(grid, "two\nlines", 8);
    grid_column(grid, "=head", 8);
    for (int i = 0; i < 5; i++)
        grid_column(grid, "n", 8);
    grid_row(grid);
    grid_text(grid, GRID_PLAIN, NULL);
    grid_text(grid, GRID_PLAIN, "-3");
    grid_number(grid, GRID_PLAIN, -3);
    grid_decimal(grid, GRID_PLAIN, 12.50);
    grid_decimal(grid, GRID_PLAIN, 100);
    grid_share(grid, GRID_PLAIN, 1, 3);
    grid_share(grid, GRID_PLAIN, 0, 0);
    g_autoptr(GString) csv = grid_csv(grid);

    assert_string_equal(csv->str, "\xef\xbb\xbf"
                                  "two lines,'=head,n,n,n,n,n\r\n,'-3,-3,12.5,100,33.3%,\r\n");
    grid_free(grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cells_are_no_formulas),
                                        cmocka_unit_test(test_a_table) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
