// Leaves a process behind that holds a lock on a file in OUT_DIR. The kernel
// drops the lock with the process. It ends when the file `end` is there.
use std::{env, fs, path::Path, process, thread, time::Duration};

extern "C" {
    fn setsid() -> i32;
}

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let out = Path::new(&out);
    if env::args().nth(1).is_some() {
        unsafe { setsid() };
        let lock = fs::File::create(out.join("lock")).unwrap();
        lock.lock().unwrap();
        fs::write(out.join("locked"), "").unwrap();
        while !out.join("end").exists() {
            thread::sleep(Duration::from_millis(10));
        }
        return;
    }
    process::Command::new(env::current_exe().unwrap())
        .arg("linger")
        .stdin(process::Stdio::null())
        .stdout(process::Stdio::null())
        .stderr(process::Stdio::null())
        .spawn()
        .unwrap();
    while !out.join("locked").exists() {
        thread::sleep(Duration::from_millis(10));
    }
}
