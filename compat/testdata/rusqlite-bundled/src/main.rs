fn main() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    let version: String = db.query_row("select sqlite_version()", [], |row| row.get(0)).unwrap();
    println!("{version}");
}
