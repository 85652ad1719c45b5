"""What runs in the child of `validation`: rules of a Schematron, compiled once, for each document that it is sent."""

import signal
import sys
from multiprocessing.connection import Connection


def main(documents: int, stylesheet: str, seconds: int) -> None:
    """Answer each document that comes by the descriptor `documents` with a report in SVRL, until no more can come.

    Whoever waits may be gone: a document that takes longer than this ends the process.
    """
    from saxonche import PySaxonProcessor

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its parent, which says what happened
    connection = Connection(documents)
    processor = PySaxonProcessor(license=False)
    rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=stylesheet)
    while True:
        try:
            document = connection.recv_bytes().decode()
        except EOFError:
            return
        signal.alarm(seconds)
        report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=document))
        signal.alarm(0)
        connection.send_bytes(report.encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
