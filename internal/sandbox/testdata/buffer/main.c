int check(void); // registers.c

int main(void) { return check(); }
