"""Tables as people have them, shaped after public ones that sequence models are taught on: read right, or answered right.

The values are made up; header, marks, dates and missing texts are those of the tables named.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmprep
from lstmprep.errors import DataError, LstmprepError

AIR = """Date;Time;CO(GT);PT08.S1(CO);C6H6(GT);T;;\r
10/03/2004;18.00.00;2,6;1360;11,9;13,6;;\r
10/03/2004;19.00.00;2;1292;9,4;13,3;;\r
10/03/2004;20.00.00;-200;1402;-200,0;11,9;;\r
10/03/2004;21.00.00;2,2;1376;9,2;11,0;;\r
"""
POWER = """Date;Time;Global_active_power;Voltage
16/12/2006;17:24:00;4.216;234.840
16/12/2006;17:26:00;5.360;233.630
16/12/2006;17:25:00;?;?
17/12/2006;00:00:00;3.702;235.800
"""
BEIJING = """No,year,month,day,hour,pm2.5,DEWP,cbwd,Iws
1,2010,1,1,0,NA,-21,NW,1.79
2,2010,1,1,1,129,-21,NW,4.92
3,2010,1,1,2,148,-20,cv,6.71
4,2010,1,1,3,159,-19,SE,9.84
"""
STOCK = """Date,Open,Close,Volume
1/31/2018,"1,230.25","1,231.00","12,345,600"
2/1/2018,"1,229.00",999.50,"9,876,500"
2/2/2018,"1,001.00","1,002.50",500
"""
EXCEL = '\ufeffDatum;"Temp, °C";Druck (hPa) ;Ort\r\n31.12.2020 23:00;"1,5"; 1.013,2 ;Köln\r\n01.01.2021 00:00;" -2,5";"1.014,0";Köln\r\n'
JENA = '"Date Time","p (mbar)","T (degC)"\n01.01.2009 00:10:00,996.52,-8.02\n01.01.2009 00:20:00,996.57,-8.41\n'
SENSORS = """device,ts,value,unit,note
007,2020-01-01T00:00:00Z,1.5,C,
7,2020-01-01T00:00:00Z,20,C,"cold, wet"
007,2020-01-01T01:00:00+01:00,9,C,again
7,2020-01-01T01:00:00Z, 21 ,C,
007,2020-01-01T02:00:00Z,"2.5",C,
"""
QUOTED = (
    '"id","when","x"\n"1"," 2020-01-01 "," 5 "\n"1","2020-01-02","nil"\n"1","2020-01-03"," NA "\n"1","2020-01-04","7"\n'
)
PANDAS = ",a,b\n0,1,2\n1,3,4\n5,5,6\n"
FLAGS = "t,open,temp\n1,TRUE,20\n2,False,21\n3,true,\n4,FALSE,22\n"


def window(folder: Path, text: str, **settings: Any) -> Any:
    path = folder / "table.csv"
    path.write_bytes(text.encode(settings.get("encoding", "utf-8")))
    return lstmprep.window(path, **{"timesteps": 1, **settings})


def refusal(folder: Path, text: str, **settings: Any) -> str:
    with pytest.raises(LstmprepError) as refused:
        window(folder, text, **settings)
    return str(refused.value)


def values(data: Any) -> list[list[float]]:
    return data.X[:, 0].tolist()  # type: ignore[no-any-return]


def single(rows: list[list[float]]) -> list[list[float]]:
    """As float32 keeps them."""
    return np.array(rows, np.float32).tolist()


def notes(data: Any) -> str:
    return "\n".join(n["text"] for n in data.manifest["notes"])


# ---- semicolons, decimal commas, -200 for missing, nameless columns at the end ----


def test_each_answer_to_the_air_quality_table_names_the_next_option(tmp_path: Path) -> None:
    style = "%d/%m/%Y %H.%M.%S"
    assert "add --delimiter ';'" in refusal(tmp_path, AIR)
    assert "add --decimal ','" in refusal(tmp_path, AIR, delimiter=";")
    settings = {"delimiter": ";", "decimal": ",", "time": "Date,Time"}
    assert f"--time-format '{style}'" in refusal(tmp_path, AIR, **settings)
    data = window(tmp_path, AIR, time_format=style, **settings)

    assert data.manifest["feature_names"] == ["CO(GT)", "PT08.S1(CO)", "C6H6(GT)", "T"]
    assert values(data)[0] == single([[2.6, 1360, 11.9, 13.6]])[0]
    assert "#7 (it has no name), #8 (it has no name)" in notes(data)
    assert data.index()["first_time"].to_pylist()[0] == dt.datetime(2004, 3, 10, 18)  # noqa: DTZ001


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_minus_200_is_missing_however_it_is_written(tmp_path: Path, encoding: str) -> None:
    settings = {"delimiter": ";", "decimal": ",", "na_values": ["-200"], "encoding": encoding}
    said = refusal(tmp_path, AIR, **settings)
    assert "table.csv, row 3 (line 4), column CO(GT): 1 missing value" in said
    assert "C6H6(GT) 1" in said

    data = window(tmp_path, AIR, missing="drop", **settings)
    assert data.index()["first_row"].to_pylist() == [0, 1, 3]
    assert data.manifest["missing"]["cells"] == {"CO(GT)": 1, "C6H6(GT)": 1}


def test_rows_of_nothing_but_semicolons_are_missing_values_and_named(tmp_path: Path) -> None:
    settings = {"delimiter": ";", "decimal": ","}
    text = AIR + ";;;;;;;\r\n" * 2

    assert "row 5 (line 6)" in refusal(tmp_path, text, **settings)
    timed = settings | {"time": "Date,Time", "time_format": "%d/%m/%Y %H.%M.%S"}
    assert "row 5 (line 6), column 'Date, Time': the time is missing" in refusal(tmp_path, text, **timed)
    assert window(tmp_path, text, missing="drop", **settings).index()["first_row"].to_pylist() == [0, 1, 2, 3]


# ---- question marks ----


def test_question_marks_are_refused_until_they_are_named(tmp_path: Path) -> None:
    settings = {"delimiter": ";", "time": "Date,Time", "time_format": "%d/%m/%Y %H:%M:%S"}
    said = refusal(tmp_path, POWER, **settings)
    assert "row 3 (line 4), column Global_active_power: '?' is not a number" in said
    assert "--na-values '?'" in said

    data = window(tmp_path, POWER, na_values="?", missing="drop", **settings)
    assert values(data) == single([[4.216, 234.84], [5.36, 233.63], [3.702, 235.8]])
    assert data.index()["first_row"].to_pylist() == [0, 1, 3]
    assert "sorted by" in notes(data)


# ---- the date in four columns ----


def test_year_month_day_and_hour_are_the_time_and_no_features(tmp_path: Path) -> None:
    data = window(tmp_path, BEIJING, time="year,month,day,hour", missing="drop", exclude="No", target="pm2.5")

    assert data.manifest["feature_names"] == ["pm2.5", "DEWP", "Iws"]
    assert values(data) == single([[129, -21, 4.92], [148, -20, 6.71]])
    assert data.y.tolist() == [[148.0], [159.0]]
    assert data.index()["target_first_time"].to_pylist() == [dt.datetime(2010, 1, 1, h) for h in (2, 3)]  # noqa: DTZ001
    assert "cbwd (text, first 'NW')" in notes(data)


def test_wind_directions_become_one_column_each(tmp_path: Path) -> None:
    data = window(tmp_path, BEIJING, time="year,month,day,hour", features="DEWP", categorical="cbwd")

    assert data.manifest["feature_names"] == ["DEWP", "cbwd=NW", "cbwd=SE", "cbwd=cv"]
    assert values(data) == [[-21, 1, 0, 0], [-21, 1, 0, 0], [-20, 0, 0, 1], [-19, 0, 1, 0]]


def test_a_dotted_name_is_a_name_and_no_number(tmp_path: Path) -> None:
    data = window(tmp_path, BEIJING, features="pm2.5", missing="drop")

    assert values(data) == [[129], [148], [159]]


# ---- thousands, dates with slashes ----


def test_each_answer_to_a_table_of_prices_names_the_next_option(tmp_path: Path) -> None:
    assert "--thousands ','" in refusal(tmp_path, STOCK)
    assert "'%d/%m/%Y' or '%m/%d/%Y'" in refusal(tmp_path, STOCK, time="Date", thousands=",")
    settings = {"time": "Date", "thousands": ","}
    wrong = refusal(tmp_path, STOCK, time_format="%d/%m/%Y", **settings)
    assert "'1/31/2018' is not a time written as '%d/%m/%Y'" in wrong
    data = window(tmp_path, STOCK, time_format="%m/%d/%Y", dtype="float64", **settings)

    assert values(data) == [[1230.25, 1231, 12345600], [1229, 999.5, 9876500], [1001, 1002.5, 500]]


def test_a_workbook_saved_as_csv_with_bom_units_in_names_and_padded_numbers(tmp_path: Path) -> None:
    settings = {"delimiter": ";", "decimal": ",", "thousands": ".", "time": "Datum", "time_format": "%d.%m.%Y %H:%M"}
    data = window(tmp_path, EXCEL, **settings)

    assert data.manifest["feature_names"] == ["Temp, °C", "Druck (hPa)"]
    assert values(data) == single([[1.5, 1013.2], [-2.5, 1014.0]])
    assert values(window(tmp_path, EXCEL, features=["Temp, °C"], **settings)) == [[1.5], [-2.5]]
    assert "Ort (text, first 'Köln')" in notes(data)


def test_a_misspelt_name_with_units_is_answered_with_the_right_one(tmp_path: Path) -> None:
    said = refusal(tmp_path, JENA, features="T (deg C)")

    assert "there is no column 'T (deg C)'" in said
    assert "'T (degC)'" in said


def test_the_jena_table_needs_its_format_and_then_works(tmp_path: Path) -> None:
    assert "'%d.%m.%Y %H:%M:%S'" in refusal(tmp_path, JENA, time="Date Time")
    data = window(tmp_path, JENA, time="Date Time", time_format="%d.%m.%Y %H:%M:%S", target="T (degC)")

    assert data.y.tolist() == single([[-8.41]])


# ---- keys read as numbers, offsets, texts beside numbers ----


def test_leading_zeros_are_part_of_a_key_and_offsets_of_a_time(tmp_path: Path) -> None:
    said = refusal(tmp_path, SENSORS, group_by="device", time="ts")
    assert "row 3 (line 4), column ts: the time 2020-01-01 00:00:00Z stands twice" in said
    assert "007" in said

    data = window(tmp_path, SENSORS, group_by="device", time="ts", on_duplicate="last")
    assert data.index()["device"].to_pylist() == ["007", "007", "7", "7"]
    assert values(data) == [[9], [2.5], [20], [21]]
    assert data.manifest["feature_names"] == ["value"]
    assert "unit (text, first 'C')" in notes(data)


def test_numbers_quoted_and_padded_with_blanks_and_nil_for_missing(tmp_path: Path) -> None:
    said = refusal(tmp_path, QUOTED, time="when", features="x")
    assert "row 2 (line 3), column x: 'nil' is not a number" in said

    data = window(tmp_path, QUOTED, time="when", group_by="id", na_values="nil", missing="drop")
    assert values(data) == [[5], [7]]
    assert data.manifest["missing"]["cells"] == {"x": 2}


def test_the_index_column_of_a_saved_frame_is_no_feature(tmp_path: Path) -> None:
    data = window(tmp_path, PANDAS)

    assert data.manifest["feature_names"] == ["a", "b"]
    assert "#1 (it has no name)" in notes(data)
    assert values(window(tmp_path, PANDAS, features="#1")) == [[0], [1], [5]]


def test_true_and_false_are_features_beside_a_missing_number(tmp_path: Path) -> None:
    data = window(tmp_path, FLAGS, time="t", missing="drop")

    assert data.manifest["feature_names"] == ["open", "temp"]
    assert values(data) == [[1, 20], [0, 21], [0, 22]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n3,4\nTotal,6\n", ["row 3 (line 4), column a", "'Total' is not a number"]), ("a,b\n1,2\na,b\n3,4\n", ["row 2 (line 3)", "'a' is not a number", "header"]),
        ("Report\n\na,b\n1,2\n", ["row 2 (line 3)", "2 values, the header 1 name"]), ("sep=;\na;b\n1;2\n", ["--delimiter ';'"]),
        ("a,b,a\n1,2,3\n", ["'a' twice", "columns 1 and 3"]), ("a,b\n1,2\n3\n", ["row 2 (line 3)", "1 value, the header 2 names"]), ("a,b\n1,2,\n3,4,\n", ["row 1 (line 2)", "3 values"]),
        ("1.5,2.5\n3.5,4.5\n", ["--no-header"]), ("time,temp\ns,C\n0,1.5\n1,2\n", ["row 1 (line 2)", "'s' is not a number"]), ("a b c\n1 2 3\n", ["--delimiter ' '"]),
    ],
)  # fmt: skip
def test_what_is_odd_about_a_table_is_said_with_its_place(tmp_path: Path, text: str, words: list[str]) -> None:
    said = refusal(tmp_path, text)

    for word in words:
        assert word in said


def test_monthly_dates_are_the_first_of_the_month(tmp_path: Path) -> None:
    months = [f"{1949 + i // 12}-{i % 12 + 1:02d}" for i in range(14)]
    text = "Month,#Passengers\n" + "".join(f"{m},{112 + i}\n" for i, m in enumerate(months))
    data = window(tmp_path, text, timesteps=12, time="Month", target="#Passengers")

    assert data.y.tolist() == [[124.0], [125.0]]
    assert data.index()["target_last_time"].to_pylist() == [dt.datetime(1950, 1, 1), dt.datetime(1950, 2, 1)]  # noqa: DTZ001


def test_unix_seconds_order_the_rows_and_are_said_to_lose_digits_as_a_feature(tmp_path: Path) -> None:
    text = "unix,a\n1577840401,2\n1577836800,1\n"
    data = window(tmp_path, text, time="unix")

    assert values(data) == [[1], [2]]
    assert data.index()["first_time"].to_pylist() == [1577836800, 1577840401]
    assert "float32 does not" in notes(window(tmp_path, text))


@pytest.mark.parametrize("mark", [";", "|"])
def test_quoted_names_with_another_mark_between_them_are_answered_with_the_delimiter(mark, tmp_path):
    """A quote with more behind it is a broken cell, or a table of another country: both are said."""
    (tmp_path / "t.csv").write_text(f'"a"{mark}"b"\n' + "".join(f"{i}{mark}{i}\n" for i in range(9)))

    with pytest.raises(DataError) as refused:
        lstmprep.window(tmp_path / "t.csv", timesteps=2)

    assert f"--delimiter '{mark}'" in refused.value.fix
    assert lstmprep.window(tmp_path / "t.csv", timesteps=2, delimiter=mark).X.shape == (8, 2, 2)
