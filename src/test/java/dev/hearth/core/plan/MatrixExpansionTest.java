package dev.hearth.core.plan;

import static dev.hearth.core.Specs.task;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MatrixExpansionTest {
    @Test
    void combinesAxesInTheOrderOfTheirNames() {
        assertThat(cells("axes: {os: [linux, bsd], db: [pg, sqlite]}"))
                .containsExactly("[db=pg,os=linux]", "[db=pg,os=bsd]", "[db=sqlite,os=linux]", "[db=sqlite,os=bsd]");
    }

    @Test
    void excludeRemovesCellsWithAllItsValues() {
        assertThat(cells("axes: {os: [linux, bsd], db: [pg, sqlite]}, exclude: [{os: bsd, db: pg}, {db: sqlite}]"))
                .containsExactly("[db=pg,os=linux]");
    }

    @Test
    void includeExtendsACellOrAddsOne() {
        assertThat(cells("axes: {db: [pg, sqlite]}, include: [{db: pg, v: '17'}, {db: mysql, v: '8'}, {tls: 'on'}]"))
                .containsExactly("[db=pg,v=17]", "[db=sqlite]", "[db=mysql,v=8]", "[tls=on]");
    }

    @Test
    void includedCellsDoNotExtendEachOther() {
        assertThat(cells("axes: {db: [pg]}, include: [{db: mysql, v: '5'}, {db: mysql, v: '8'}]"))
                .containsExactly("[db=pg]", "[db=mysql,v=5]", "[db=mysql,v=8]");
    }

    @Test
    void valueThatIsListedTwiceIsOneCell() {
        assertThat(cells("axes: {db: [pg, pg]}, include: [{db: pg, v: '17'}]")).containsExactly("[db=pg,v=17]");
    }

    @Test
    void includeAddsAnExcludedCellAgain() {
        assertThat(cells("axes: {db: [pg, sqlite]}, exclude: [{db: pg}], include: [{db: pg, tls: 'on'}]"))
                .containsExactly("[db=sqlite]", "[db=pg,tls=on]");
    }

    private static List<String> cells(String matrix) {
        return MatrixExpansion.listed(task("t", "matrix: {" + matrix + "}")).stream()
                .map(MatrixCell::suffix)
                .toList();
    }
}
